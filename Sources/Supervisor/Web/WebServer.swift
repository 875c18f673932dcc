package import Configuration
package import HTTP
package import LinuxIO
import Logging
import Schema

/// A socket named by `http.listen` is unavailable.
package struct WebAddressUnavailable: Error, CustomStringConvertible {
    package let description: String
}

/// The sockets of `sluice watch` for people and monitors, and the server behind them.
package struct WebServer: Sendable {
    /// Whose sockets they are, and who may look.
    package struct Sockets: Sendable {
        fileprivate var own: [ListeningSocket] = []
        fileprivate var passed: [ListeningSocket] = []
        fileprivate let rule: AccessRule

        /// Listens on what the configuration names, and takes what was passed. What could be reached from other machines
        /// needs a token.
        ///
        /// Throws ConfigurationFaults, and WebAddressUnavailable where an address is taken or not this machine's.
        package init(_ configuration: Configuration.HTTP, passed: [ListeningSocket]) throws {
            let token = try configuration.tokenFile.map { path throws(ConfigurationFaults) in try WebToken.read(path) }
            rule = AccessRule(token: token)
            if token == nil, let wide = passed.first(where: { !$0.address.isLoopback }) {
                throw ConfigurationFaults([
                    Fault(
                        file: "the socket \(wide.address) passed by systemd", path: "http.token-file",
                        message: "is reachable from other machines; set http.token-file in the configuration, or "
                            + "have the socket unit listen on 127.0.0.1")
                ])
            }
            self.passed = passed
            if let address = configuration.listen { own = try Self.listen(address) }
        }

        private static func listen(_ address: ListenAddress) throws(WebAddressUnavailable) -> [ListeningSocket] {
            do {
                switch address {
                case .tcp(let host, let port): return [try .tcp(host: host, port: port)]
                case .local(let path): return [try .local(path: path)]
                case .localhost(let port):
                    let four = try ListeningSocket.tcp(host: "127.0.0.1", port: port)
                    // Not every machine has it.
                    let six = port == 0 ? nil : try? ListeningSocket.tcp(host: "::1", port: port)
                    return [four] + (six.map { [$0] } ?? [])
                }
            } catch {
                throw WebAddressUnavailable(
                    description: "http.listen: \(error); choose another address or port, or stop what is using this one"
                )
            }
        }

        package var all: [ListeningSocket] { own + passed }

        /// For people.
        package var addresses: [String] {
            all.map { $0.address.isLocal ? "unix:\($0.address)" : "http://\($0.address)/" }
        }
    }

    private let server: HTTPServer
    private let own: [ListeningSocket]

    /// - Parameter handler: answers on all of them. Anyone who can open the Unix socket may look; others as the rule says.
    /// - Throws: SystemCallError when there are no descriptors or threads left.
    package init(_ sockets: Sockets, traffic: HTTPTraffic, handler: @escaping HTTPHandler) throws {
        own = sockets.own
        let guarded = sockets.rule.guarding(handler)
        server = try HTTPServer(
            sockets.all.map { .init($0, handler: $0.address.isLocal ? handler : guarded) }, traffic: traffic)
    }

    package func stop() {
        server.stop()
        for socket in own { socket.end() }
    }
}
