import Foundation
import NIOConcurrencyHelpers
import Sessions
import Synchronization

/// Records logins while the store's thread is held, so that they wait together and are one group.
func inOneGroup(_ store: any SessionStore, _ logins: [UserLogin]) async -> [RecordResult] {
    let results = Results(of: logins.count)
    async let all = results.all()
    await holding(store) {
        for (number, login) in logins.enumerated() {
            store.record(login) { results.put($0, at: number) }
        }
    }
    return await all
}

/// Keeps the store's thread busy while `work` runs, on a thread of its own: the tests' threads are few.
func holding(_ store: any SessionStore, _ work: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            let held = DispatchSemaphore(value: 0)
            let release = DispatchSemaphore(value: 0)
            store.user(.of("", "")) { _ in
                held.signal()
                release.wait()
            }
            held.wait()
            work()
            release.signal()
            continuation.resume()
        }
    }
}

private final class Results: Sendable {
    private let results = NIOLockedValueBox<[Int: RecordResult]>([:])
    private let (stream, complete) = AsyncStream.makeStream(of: [RecordResult].self)
    private let count: Int

    init(of count: Int) {
        self.count = count
    }

    func put(_ result: RecordResult, at number: Int) {
        let all = results.withLockedValue { results -> [RecordResult]? in
            results[number] = result
            return results.count == count ? results.sorted { $0.key < $1.key }.map(\.value) : nil
        }
        if let all { complete.yield(all) }
    }

    /// All results in order, once the last is there.
    func all() async -> [RecordResult] {
        for await all in stream { return all }
        return []
    }
}

final class Counter: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .relaxed) }

    func increment() { value.add(1, ordering: .relaxed) }
}
