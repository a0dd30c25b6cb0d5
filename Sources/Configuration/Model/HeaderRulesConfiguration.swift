/// Fields that are set, added and removed on the way to a service, or on the way back.
package struct HeaderRulesConfiguration: Sendable, Equatable {
    /// Fields to set; they replace all lines of the same name.
    package var set: [HeaderRule] = []
    /// Lines beside those that came.
    package var add: [HeaderRule] = []
    /// Fields that go.
    package var remove: [HeaderName] = []

    init() {}

    /// No rules.
    package static var none: HeaderRulesConfiguration { HeaderRulesConfiguration() }

    /// Whether it changes nothing.
    package var isEmpty: Bool { self.set.isEmpty && add.isEmpty && remove.isEmpty }
}

/// The name of a header field.
package struct HeaderName: Sendable, Hashable {
    /// In lower case.
    package let text: String
    /// As the file has it, to find it there again.
    let written: String

    init(_ written: String) {
        self.written = written
        text = written.lowercased()
    }
}

/// A field and its value.
package struct HeaderRule: Sendable, Equatable {
    /// The name of the field.
    package let name: HeaderName
    /// The value that the field gets.
    package let value: HeaderValue
}

/// The value of a field: text, and things that are known only at each request.
package struct HeaderValue: Sendable, Equatable {
    /// A part of the value.
    package enum Piece: Sendable, Equatable {
        /// Printable ASCII.
        case text(String)
        case variable(HeaderVariable)
        /// The name of a secret.
        case secret(String)
        /// The name of one of the route's own segments.
        case segment(String)
    }

    /// The parts, in order; the value is their concatenation.
    package let pieces: [Piece]
}

/// The parts of a request that a value may contain.
package enum HeaderVariable: String, Sendable, CaseIterable {
    case userID = "user.id"
    case userOpenid = "user.openid"
    case userUnionid = "user.unionid"
    case userAppID = "user.appId"
    case requestID = "request.id"
    case clientAddress = "client.address"

    /// Whether it is known only where a token was checked.
    package var isOfUser: Bool {
        switch self {
        case .userID, .userOpenid, .userUnionid, .userAppID: true
        case .requestID, .clientAddress: false
        }
    }
}
