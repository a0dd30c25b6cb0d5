import HTTPWire

/// What a phase leaves to do.
enum PhaseResult {
    /// On to the next phase.
    case proceed
    /// The request ends with a reply of the gateway's own, in the envelope.
    case reply(LocalReply)
    /// The request ends with a response of the gateway's own that has no envelope.
    case document(LocalDocument)
    /// The request is under way or waits. An event goes on with it.
    case waiting
}

/// A response of the gateway's own that has no envelope.
struct LocalDocument {
    let status: Int
    let fields: FieldBlock
    /// Nil: no body, and no length is stated.
    let body: [UInt8]?
}
