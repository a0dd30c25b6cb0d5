/// What a row or an entry of a shared store says and a MAC vouches for: a gateway that has the key wrote it, for this very
/// owner. Whoever may write to the store may still delete it, or put back what a gateway wrote there before.
enum StoredStatement {
    /// The user's id.
    case userID(UserKey, String)
    /// The user's unionid, by which another account may get the user's id.
    case unionid(UserKey, String)
    /// A change. Its end is left out, since the entry may as well be deleted; so is who ended a session, which shows in one
    /// member of a reply.
    case change(StreamRecord, subject: [UInt8])

    /// Each part has its length in front, which keeps ("ab", "c") and ("a", "bc") apart.
    var binding: [UInt8] {
        switch self {
        case .userID(let user, let userID): Self.join(["id", user.reference, userID].map { Array($0.utf8) })
        case .unionid(let user, let unionid): Self.join(["unionid", user.reference, unionid].map { Array($0.utf8) })
        case .change(let record, let subject):
            switch record.kind {
            // An end is never taken back: there is no order to forge.
            case .ended: Self.join([[record.kind.rawValue], subject])
            case .blocked, .unblocked: Self.join([[record.kind.rawValue], subject, Array(record.order.text.utf8)])
            case .known: Self.join([[record.kind.rawValue], subject, Array(record.order.text.utf8), [record.value]])
            }
        }
    }

    private static func join(_ parts: [[UInt8]]) -> [UInt8] {
        parts.reduce(into: []) { bytes, part in
            bytes += Array("\(part.count):".utf8)
            bytes += part
        }
    }
}

/// What a MAC is worth.
enum MACVerdict {
    /// None of the keys made it for this statement.
    case invalid
    /// A former key made it, or there is none where that is allowed for a while: it is to be made anew.
    case former
    case current
}
