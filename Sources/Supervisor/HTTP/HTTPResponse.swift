package import LinuxIO

/// What a client gets. The server adds Date, Content-Length, Connection and what keeps browsers from guessing.
package struct HTTPResponse: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// Of the program itself.
        case constant(ConstantBytes)
        /// The first `bytes` of a file, from its beginning, read as the client takes them.
        case file(Descriptor, bytes: UInt64)
    }

    package var status: Int
    /// With `charset` where it is text.
    package var contentType: String
    /// Further ones, in order.
    package var headers: [(name: String, value: String)]
    package var body: Body

    package init(
        status: Int = 200, contentType: String, headers: [(name: String, value: String)] = [], body: Body
    ) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    /// A line of plain text.
    package static func text(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status: status, contentType: "text/plain; charset=utf-8", body: .bytes(Array((text + "\n").utf8)))
    }
}

/// Bytes embedded in the binary, never freed.
package struct ConstantBytes: @unchecked Sendable {  // Immutable.
    package let bytes: UnsafeRawBufferPointer

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }
}

/// Answers requests, on the server's own thread; nil: there is nothing there.
package typealias HTTPHandler = @Sendable (HTTPRequest) -> HTTPResponse?
