import NIOCore

/// The addresses of one name, as they were found last, and when to ask for them again.
///
/// What was found once is kept while later questions fail: a resolver that is away for a while is no reason to leave a
/// service alone that has not moved. Times are nanoseconds of a steady clock.
struct AddressBook: Sendable {
    enum Answer: Sendable {
        case found([SocketAddress])
        case notFound
    }

    /// Between two questions, while they are answered.
    static let interval: Int64 = 30_000_000_000
    /// Behind the first that was not; doubled each time up to ``interval``.
    static let firstPause: Int64 = 1_000_000_000

    private(set) var addresses: [SocketAddress] = []
    private(set) var isKnown = false
    private(set) var nextQuestion: Int64 = .min
    private var pause = AddressBook.firstPause

    init() {}

    /// Takes an answer in; true where what is known changed.
    ///
    /// - Parameter jitter: 0 to 1: moves the next question forward by up to a fifth, so that gateways do not ask in step.
    mutating func take(_ answer: Answer, now: Int64, jitter: Double) -> Bool {
        let wasKnown = isKnown
        isKnown = true
        switch answer {
        case .found(let found) where !found.isEmpty:
            pause = AddressBook.firstPause
            nextQuestion = now + AddressBook.shortened(AddressBook.interval, jitter)
            guard found != addresses else { return !wasKnown }
            addresses = found
            return true
        case .found, .notFound:
            nextQuestion = now + AddressBook.shortened(pause, jitter)
            pause = min(pause * 2, AddressBook.interval)
            return !wasKnown
        }
    }

    private static func shortened(_ time: Int64, _ jitter: Double) -> Int64 {
        time - Int64(Double(time) * 0.2 * min(max(jitter, 0), 1))
    }
}
