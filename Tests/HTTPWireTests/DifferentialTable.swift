import NIOHTTP1

@testable import HTTPWire

/// One way in which we and NIOHTTP1 can differ about an input.
enum Difference: Hashable, Sendable, CustomStringConvertible {
    /// We refuse a message that they go on with.
    case weRefuse(WireFault)
    /// They refuse a message that we go on with.
    case theyRefuse(HTTPParserError)
    /// They refuse what we wait to see the rest of.
    case weWait
    /// Both go on, with different results.
    case unlike(String)

    var description: String {
        switch self {
        case .weRefuse(let fault): "we refuse: \(fault)"
        case .theyRefuse(let error): "they refuse: \(error)"
        case .weWait: "they refuse and we wait"
        case .unlike(let what): "unlike: \(what)"
        }
    }
}

extension Difference {
    typealias Message = Observation<HTTPParserError>.Message

    struct Listed: Sendable {
        var reason: String
        /// What must be true of the message they saw for the reason to be the right one.
        private var condition: @Sendable (Message) -> Bool

        init(_ reason: String, where condition: @escaping @Sendable (Message) -> Bool = { _ in true }) {
            self.reason = reason
            self.condition = condition
        }

        func fits(_ comparison: Comparison) -> Bool {
            guard let message = comparison.message else { return true }
            return self.condition(message)
        }
    }

    /// Every difference that may be, with its reason. What is not here fails the test.
    static let listed: [Difference: Listed] = [
        // Stricter because the issue says so.
        .weRefuse(.unsupportedCoding): Listed("one final chunked and nothing else, once") { message in
            message.values("transfer-encoding") != ["chunked"]
        },
        .weRefuse(.codingInHTTP10): Listed("HTTP/1.0 has no transfer codings") { $0.isHTTP10 },
        .weRefuse(.invalidContentLength): Listed("no more than 2^53") { message in
            message.values("content-length").contains { $0.count >= 16 }
        },
        .weRefuse(.missingHost): Listed("HTTP/1.1 wants a Host") { $0.values("host").isEmpty },
        .weRefuse(.repeatedHost): Listed("one Host") { $0.values("host").count > 1 },
        .weRefuse(.invalidHost): Listed("a Host is a host and a port") { message in
            message.values("host").contains { $0.isEmpty || !$0.utf8.allSatisfy(Byte.isAlphanumeric) }
        },
        .weRefuse(.authorityDiffersFromHost): Listed("target and Host must agree") { $0.start.contains("//") },
        .weRefuse(.userinfoInTarget): Listed("no user information in a target") { $0.start.contains("@") },
        .weRefuse(.invalidTarget): Listed("origin-form, an http URL, or '*' with OPTIONS") { message in
            !message.start.contains(" /")
        },
        .weRefuse(.illegalTargetByte): Listed("'#' and the backslash are read in different ways") { message in
            message.start.contains("#") || message.start.contains("\\")
        },
        .weRefuse(.invalidConnection): Listed("Connection is a list of tokens") {
            !$0.values("connection").isEmpty
        },
        .weRefuse(.protectedFieldInConnection): Listed("Connection may not name what the message needs") {
            !$0.values("connection").isEmpty
        },
        .weRefuse(.unknownExpectation): Listed("417") { $0.values("expect").contains { $0 != "100-continue" } },
        .weRefuse(.tooManyEmptyLines): Listed("two empty lines before a request are enough"),
        .weRefuse(.bareLineFeed): Listed("they skip LF where a request line should begin"),
        .weRefuse(.bareCarriageReturn): Listed("they skip CR where a request line should begin"),
        .weRefuse(.malformedRequestLine): Listed(
            "single spaces, and a line that ends has a version (they wait for HTTP/0.9)"
        ),
        .weRefuse(.malformedVersion): Listed("single spaces"),
        .weRefuse(.malformedStatusLine): Listed("no empty lines before it, no control characters in the reason"),
        .weRefuse(.chunkTooLarge): Listed("no more than 2^53"),
        .unlike("keep-alive"): Listed("close wins over keep-alive; a response to HEAD ends with its head") { message in
            message.isHTTP10
                || message.values("content-length").isEmpty && message.values("transfer-encoding").isEmpty
        },
        // More lenient, and why that is safe.
        .theyRefuse(.invalidMethod): Listed("any token is a method (RFC 9110 section 9.1); theirs are a list"),
        .theyRefuse(.invalidVersion): Listed("HTTP/1.x is served as 1.1 (RFC 9110 section 2.5)"),
        .theyRefuse(.invalidContentLength): Listed(
            "white space around the value; trailers are dropped, whatever they are called"
        ),
        .theyRefuse(.strictModeAssertion): Listed(
            "chunk extensions are counted and dropped, their grammar is not read"
        ),
        .theyRefuse(.closedConnection): Listed("trailers are dropped, whatever they are called"),
        .theyRefuse(.unknown): Listed("a Transfer-Encoding that is a trailer, or a tab behind its value") { message in
            !message.values("transfer-encoding").isEmpty
        },
        .unlike("a tab at the end of a value"): Listed(
            "white space around a value is no part of it (RFC 9110 section 5.5)"
        ),
        .weWait: Listed("a line is judged when it is complete, a head too"),
    ]
}

extension Observation.Message {
    /// What makes llhttp stop reading HTTP, in HTTP/1.0 too.
    var asksForUpgrade: Bool {
        !self.values("upgrade").isEmpty && self.values("connection").contains { $0.contains("upgrade") }
    }

    func values(_ name: String) -> [String] {
        self.fields.filter { $0.name.lowercased() == name }.map { $0.value.lowercased() }
    }
}
