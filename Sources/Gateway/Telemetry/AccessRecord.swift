/// The access log's data about one request. Plain values; the texts are bytes that exist anyway, so building a record
/// does not allocate.
///
/// Not copyable, so that each text is retained at most once per request.
///
/// A record has no member for a path, a query, a token or a code, and none may be put into its texts.
package struct AccessRecord: ~Copyable, Sendable {
    /// When the request's first byte came, in milliseconds since 1970.
    package var milliseconds: Int64 = 0
    /// The method's name, where it is a known one.
    package var method: StaticString = ""
    /// The method's name, where it is none of the known ones.
    package var otherMethod: [UInt8] = []
    /// The pattern of the route, or a name for requests without a route; empty: none.
    package var route: [UInt8] = []
    /// `x-request-id`; empty: left out.
    package var requestID: [UInt8] = []
    /// Without a port.
    package var clientAddress: [UInt8] = []
    /// The user id; empty: left out.
    package var userID: [UInt8] = []
    /// The service's name in routes.json.
    package var service: [UInt8] = []
    /// `host:port` of the service's instance.
    package var target: [UInt8] = []
    /// The status sent to the client; 499: the client disconnected before the response.
    package var status = 0
    /// The contract's code; 0: the service's response was forwarded.
    package var code = 0
    /// The contract's reason.
    package var reason: StaticString?
    /// The status the service gave; 0: none.
    package var serviceStatus = 0
    /// From the first byte of the request to the last of the response, in microseconds.
    package var duration: Int64 = 0
    /// From the first byte of the request to the first of the service's response, in microseconds; -1: there was none.
    package var firstByte: Int64 = -1
    /// What making a connection to the service took, in microseconds; -1: none was made.
    package var connect: Int64 = -1
    /// Bytes of the client's body.
    package var bytesIn: Int64 = 0
    /// Bytes of the body sent to the client.
    package var bytesOut: Int64 = 0
    /// What else happened to the request.
    package var flags: Flags = []
    /// Why the connection was closed early, where it was.
    package var closeReason: StaticString?

    /// Creates a record without optional members.
    package init() {}

    /// Facts that are true or not worth a line's bytes.
    package struct Flags: OptionSet, Sendable {
        /// The bits of the flags.
        package let rawValue: UInt8

        /// Creates a set from its bits.
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The service's connection had carried requests before.
        package static let reused = Flags(rawValue: 1)
        /// The request was sent to the service a second time.
        package static let retried = Flags(rawValue: 2)
        /// The user was logged in by this request.
        package static let loggedIn = Flags(rawValue: 4)
        /// The response was cut off.
        package static let truncated = Flags(rawValue: 8)
    }
}
