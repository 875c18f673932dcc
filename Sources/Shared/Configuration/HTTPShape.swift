import Schema

extension Shape<Configuration.HTTP> {
    static let http = Shape.object(
        "a map of listen and token-file", initial: Configuration.HTTP(),
        keys: [
            Key(
                "listen", \.listen, .listenAddress,
                "Address and port, or the path of a Unix socket (relative to root after unix:). Beyond this machine "
                    + "only with token-file. Without it, only sockets passed by systemd are served."),
            Key(
                "token-file", \.tokenFile, .path,
                "A file whose first line (16 characters or more) clients must send: as 'Authorization: Bearer', or as "
                    + "the password with any user name. Relative to this file; must not be world-readable."),
        ], check: checkWidth)

    /// What the world could read must ask who reads.
    private static func checkWidth(_ http: Configuration.HTTP, _ members: Members, _ reading: inout Reading) {
        guard let address = http.listen, !address.isLoopback, !members.isMeant("token-file"), members.areSound("listen")
        else { return }
        reading.fault(
            members.place(of: "listen"), at: "listen",
            "\(address) is reachable from other machines; also set token-file, or listen on 127.0.0.1")
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
