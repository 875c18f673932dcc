import Testing

@testable import Planning

@Suite("Boxes that a cut keeps")
struct KeptBoxesTests {
    private let size = PixelSize(width: 1000, height: 500)

    /// Of pixels.
    private func box(_ left: Double, _ top: Double, _ width: Double, _ height: Double, score: Double = 1)
        -> KeptBoxes.Box
    {
        (.init(left: left / 1000, top: top / 500, width: width / 1000, height: height / 500), width * height * score)
    }

    private func kept(_ width: Int, _ height: Int, _ boxes: KeptBoxes.Box...) -> [Int]? {
        KeptBoxes(cutting: PixelSize(width: width, height: height), from: size, boxes).map {
            [$0.left, $0.top, $0.whole]
        }
    }

    @Test("lie in its middle, all together, as far as the picture goes")
    func middle() {
        #expect(kept(500, 500, box(600, 100, 100, 100)) == [400, 0, 1])
        #expect(kept(200, 200, box(600, 100, 100, 100)) == [550, 50, 1])
        #expect(kept(500, 500, box(400, 100, 50, 50), box(700, 300, 100, 100)) == [350, 0, 2])
        #expect(
            kept(500, 500, box(0, 0, 50, 50)) == [0, 0, 1] && kept(500, 400, box(950, 450, 50, 50)) == [500, 100, 1])
        #expect(kept(1000, 500, box(10, 10, 50, 50)) == [0, 0, 1])
    }

    @Test("are the largest where all do not fit, and with it what fits in as well, whatever their order")
    func tooMany() {
        let (large, near, far) = (box(100, 100, 200, 200), box(450, 100, 100, 100), box(800, 100, 150, 150))
        // 150 x 150 goes before 100 x 100, and does not fit in with the largest.
        #expect(kept(500, 500, large, near, far) == [75, 0, 2] && kept(500, 500, far, near, large) == [75, 0, 2])
        #expect(kept(250, 500, near, far, large) == [75, 0, 1])
        // Less sure, less heavy.
        #expect(kept(250, 500, box(100, 100, 200, 200, score: 0.5), far) == [750, 0, 1])
        // Of equal ones the first.
        #expect(kept(250, 500, box(700, 0, 100, 100), box(100, 0, 100, 100)) == [625, 0, 1])
        #expect(kept(250, 500, box(100, 0, 100, 100), box(700, 0, 100, 100)) == [25, 0, 1])
        // Both axes count.
        #expect(kept(300, 200, box(100, 0, 150, 150), box(200, 350, 100, 100)) == [25, 0, 1])
    }

    @Test("are cut at both ends where one is larger than the cut; the other axis still has what it can")
    func tooLarge() {
        #expect(kept(100, 500, box(200, 100, 400, 200)) == [350, 0, 0])
        #expect(kept(100, 300, box(200, 100, 400, 100), box(350, 300, 50, 50)) == [350, 75, 1])
    }

    @Test("count as far as they are in the picture; none is no cut")
    func outside() {
        #expect(kept(500, 500) == nil && kept(500, 500, box(1000, 0, 100, 100), box(-50, 0, 50, 50)) == nil)
        #expect(kept(500, 500, box(900, 0, 300, 100)) == [500, 0, 1])
        #expect(kept(200, 500, box(400, 100, 0, 100)) == nil)
    }
}

@Suite("Where parts lie after stages")
struct PartMapTests {
    private let part = ModelView.Frame(left: 0.1, top: 0.2, width: 0.3, height: 0.4)

    private func isSame(_ map: PartMap, _ wanted: ModelView.Frame, of start: ModelView.Frame? = nil) -> Bool {
        let found = map.frame(of: start ?? part)
        return zip(
            [found.left, found.top, found.width, found.height], [wanted.left, wanted.top, wanted.width, wanted.height]
        ).allSatisfy { abs($0 - $1) < 1e-9 }
    }

    @Test("a turn is that of the orientation, and the turn back undoes it", arguments: 1...8)
    func turns(orientation: Int) {
        var map = PartMap()
        #expect(isSame(map, part))
        map.turn(by: orientation)
        #expect(isSame(map, part.turned(by: orientation)))
        map.turn(by: [6: 8, 8: 6][orientation] ?? orientation)
        #expect(isSame(map, part))
    }

    @Test("cuts and borders, one after the other")
    func cuts() {
        var map = PartMap()
        map.cut(PixelRectangle(left: 100, top: 50, width: 500, height: 200), of: PixelSize(width: 1000, height: 500))
        #expect(isSame(map, .init(left: 0, top: 0.25, width: 0.6, height: 1)))
        map.cut(PixelRectangle(left: -250, top: 0, width: 1000, height: 200), of: PixelSize(width: 500, height: 200))
        #expect(isSame(map, .init(left: 0.25, top: 0.25, width: 0.3, height: 1)))
        map.turn(by: 2)
        #expect(isSame(map, .init(left: 0.45, top: 0.25, width: 0.3, height: 1)))
    }

    @Test("a rotation is a turn where it is by a quarter, and has all of a part elsewhere")
    func rotations() {
        let (size, turned) = (PixelSize(width: 400, height: 300), PixelSize(width: 300, height: 400))
        for (degrees, to, orientation) in [(90.0, turned, 6), (180, size, 3), (-90, turned, 8)] {
            var map = PartMap()
            map.cut(PixelRectangle(left: 0, top: 0, width: 200, height: 150), of: size)
            var quarter = map
            map.rotate(degrees: degrees, from: size, to: to)
            quarter.turn(by: orientation)
            #expect(isSame(map, quarter.frame(of: part)), "\(degrees)")
        }
        var map = PartMap()
        map.rotate(degrees: 45, from: PixelSize(width: 100, height: 100), to: PixelSize(width: 200, height: 200))
        let half = 50.0.squareRoot() / 20
        let middle = ModelView.Frame(left: 0.4, top: 0.4, width: 0.2, height: 0.2)
        #expect(
            isSame(
                map, .init(left: 0.5 - half * 0.2, top: 0.5 - half * 0.2, width: half * 0.4, height: half * 0.4),
                of: middle))
    }
}
