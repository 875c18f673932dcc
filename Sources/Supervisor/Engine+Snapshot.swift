// What the status shows of the engine. The board is written here and read elsewhere, so that nobody who asks for the
// status has to wait for the engine.
extension Engine {
    func showLoad() { board.show(load, draining: isStopping) }
}
