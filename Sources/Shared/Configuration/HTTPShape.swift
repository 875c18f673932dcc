import Schema

extension Shape<Configuration.HTTP> {
    static let http = Shape.object(
        "a map of listen and token-file", initial: Configuration.HTTP(),
        keys: [
            Key(
                "listen", \.listen, .listenAddress,
                "Address and port, or the path of a Unix socket (relative to root after unix:). Wider than this machine "
                    + "only with token-file. Without it only sockets that systemd passes are served."),
            Key(
                "token-file", \.tokenFile, .path,
                "A file whose first line, 16 characters or more, clients must know: as 'Authorization: Bearer', or as "
                    + "password with any user name. Relative to this file; not readable by everybody."),
        ], check: checkWidth)

    /// What the world could read must ask who reads.
    private static func checkWidth(_ http: Configuration.HTTP, _ members: Members, _ reading: inout Reading) {
        guard let address = http.listen, !address.isLoopback, !members.isMeant("token-file"), members.areSound("listen")
        else { return }
        reading.fault(
            members.place(of: "listen"), at: "listen",
            "\(address) can be reached from other machines; set token-file beside it, or listen on 127.0.0.1")
    }
}

extension Configuration.HTTP {
    /// With absolute paths: sockets start at `root`, the token at the configuration's directory.
    func located(root: String, directory: String) -> Configuration.HTTP {
        var http = self
        if case .local(let path) = listen { http.listen = .local(path: absolutePath(path, in: root)) }
        http.tokenFile = tokenFile.map { absolutePath($0, in: directory) }
        return http
    }
}
