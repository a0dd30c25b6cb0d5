package import APICalls
package import Configuration
import NIOConcurrencyHelpers
package import NIOCore

/// The result of a fetch, for the log. Contains neither the URL nor any part of the response.
package struct IssuerKeyEvent: Sendable, Equatable {
    /// The result of one fetch.
    package enum Outcome: Sendable, Equatable {
        /// The number of usable keys, and whether they changed.
        case fetched(keys: Int, changed: Bool)
        /// The keys of before stay. A word for the log.
        case failed(String)
    }

    /// As `iss` has it.
    package let issuer: String
    /// The result of the fetch.
    package let outcome: Outcome
}

/// Fetches the keys of foreign issuers in the background, and keeps those it has while a fetch fails.
///
/// Its timer runs on an event loop, its calls on the `APIClient`'s thread; any thread may use it.
package final class IssuerKeyFetcher: Sendable {
    private struct State {
        var schedule: IssuerFetchSchedule
        var keys: IssuerKeys
        var timer: RepeatedTask?
        var isStopped = false
    }

    private let issuers: [IssuerConfiguration]
    private let api: APIClient
    private let clock: @Sendable () -> Int64
    private let onChange: @Sendable (IssuerKeys) -> Void
    private let log: @Sendable (IssuerKeyEvent) -> Void
    private let state: NIOLockedValueBox<State>

    /// - Parameters:
    ///   - issuers: in the order of `TokenRules.issuers`. Issuers with a file are not fetched.
    ///   - keys: the keys known at the start.
    ///   - clock: monotonic seconds.
    ///   - onChange: receives all keys after a change, on the client's thread, one call after the other. It must not
    ///     block.
    package init(
        issuers: [IssuerConfiguration],
        keys: IssuerKeys,
        api: APIClient,
        clock: @escaping @Sendable () -> Int64 = { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000_000) },
        onChange: @escaping @Sendable (IssuerKeys) -> Void,
        log: @escaping @Sendable (IssuerKeyEvent) -> Void
    ) {
        self.issuers = issuers
        self.api = api
        self.clock = clock
        self.onChange = onChange
        self.log = log
        let fetched = issuers.indices.filter { issuers[$0].jwksURL != nil }
        state = NIOLockedValueBox(
            State(schedule: IssuerFetchSchedule(issuers: fetched, now: clock()), keys: keys)
        )
    }

    /// The current keys.
    package var keys: IssuerKeys { state.withLockedValue { $0.keys } }

    /// Fetches at once, and from now on when it is time.
    package func start(on loop: any EventLoop) {
        fetchDue()
        guard issuers.contains(where: { $0.jwksURL != nil }) else { return }
        let second = TimeAmount.seconds(1)
        let timer = loop.scheduleRepeatedTask(initialDelay: second, delay: second) { [weak self] task in
            guard let self else { return task.cancel() }
            fetchDue()
        }
        let isStopped = state.withLockedValue { state in
            state.timer = timer
            return state.isStopped
        }
        if isStopped { timer.cancel() }
    }

    /// Stops fetching. Running fetches end without a call of `onChange`.
    package func stop() {
        let timer = state.withLockedValue { state in
            state.isStopped = true
            defer { state.timer = nil }
            return state.timer
        }
        timer?.cancel()
    }

    /// A token of this issuer came with a `kid` that is not known (`TokenVerifier.takeUnknownKeys`). Its keys are fetched
    /// before their time, but not more than once a minute.
    package func keyIsUnknown(_ issuer: Int) {
        let now = clock()
        state.withLockedValue { $0.schedule.keyIsUnknown(issuer, now: now) }
        fetchDue()
    }

    /// Starts the fetches that are due.
    func fetchDue() {
        let now = clock()
        let due = state.withLockedValue { $0.isStopped ? [] : $0.schedule.takeDue(now: now) }
        for issuer in due {
            guard let url = issuers[issuer].jwksURL else { continue }
            api.send(APIRequest(url: url)) { [weak self] result in self?.finish(issuer, result) }
        }
    }

    private func finish(_ issuer: Int, _ result: Result<APIResponse, APICallError>) {
        let now = clock()
        let read = Self.read(result)
        let changed = state.withLockedValue { state -> IssuerKeys? in
            guard !state.isStopped else { return nil }
            guard case .success(let set) = read else {
                state.schedule.finished(issuer, succeeded: false, now: now)
                return nil
            }
            state.schedule.finished(issuer, succeeded: true, now: now)
            return state.keys.replace(issuer, with: set) ? state.keys : nil
        }
        if let changed { onChange(changed) }
        let outcome: IssuerKeyEvent.Outcome =
            switch read {
            case .success(let set): .fetched(keys: set.keys.count, changed: changed != nil)
            case .failure(let failure): .failed(failure.label)
            }
        log(IssuerKeyEvent(issuer: issuers[issuer].issuer, outcome: outcome))
    }

    private struct Failure: Error {
        let label: String
    }

    private static func read(_ result: Result<APIResponse, APICallError>) -> Result<JSONWebKeySet, Failure> {
        switch result {
        case .failure(let error): return .failure(Failure(label: error.fetchLabel))
        case .success(let response):
            guard response.status == 200 else { return .failure(Failure(label: "status_\(response.status)")) }
            do throws(JSONWebKeySetFault) {
                let set = try JSONWebKeySet(response.body)
                // The previous keys stay: a server that lost its keys must not lock out all users.
                guard !set.keys.isEmpty else { return .failure(Failure(label: "jwks_without_keys")) }
                return .success(set)
            } catch {
                return .failure(Failure(label: "jwks_\(error.rawValue)"))
            }
        }
    }
}

extension APICallError {
    fileprivate var fetchLabel: String {
        switch self {
        case .resolve: "name_not_found"
        case .connect: "connect_failed"
        case .tls: "tls_failed"
        case .timeout: "time_out"
        case .waitedTooLong: "waited_too_long"
        case .reset, .resent: "reset"
        case .tooLarge: "too_large"
        case .invalidRequest: "invalid_url"
        case .overloaded: "overloaded"
        case .shutDown: "stopping"
        case .other(let code): "curl_\(code)"
        }
    }
}
