package import Cryptography
import NIOConcurrencyHelpers
import Sessions
import WeChat

/// The login and session endpoints of the contract, section 4: from the body of a request to a reply. Also the calls of
/// the data path and of operators that concern logins and sessions.
package final class LoginEndpoints: Sendable {
    /// Receives the reply. Runs exactly once, on any thread.
    package typealias Completion = @Sendable (EndpointReply) -> Void

    let parts: LoginDependencies
    let service: LoginService
    let opener: SessionOpener
    let counters: LoginCounters
    let gates: [String: ExchangeGate]
    let renewer: TokenRenewer
    let phoneGate: PhoneGate
    let openDataGate: OpenDataGate
    private let addresses: NIOLockedValueBox<AddressRate>

    /// - Throws: ``CryptographyError`` where OpenSSL cannot derive a key.
    package init(_ parts: LoginDependencies) throws(CryptographyError) {
        self.parts = parts
        counters = LoginCounters(appIDs: parts.apps.map(\.appID))
        opener = try SessionOpener(parts)
        let limits = parts.limits
        let clock = parts.fineClock
        addresses = NIOLockedValueBox(
            AddressRate(perSecond: limits.ratePerAddress, burst: limits.ratePerAddress)
        )
        gates = Dictionary(
            parts.apps.map { ($0.appID, ExchangeGate(limits, clock: clock)) },
            uniquingKeysWith: { first, _ in first }
        )
        service = try LoginService(parts, opener: opener, counters: counters, gates: gates)
        renewer = TokenRenewer(parts, counters)
        phoneGate = try PhoneGate(limits, clock: parts.clock)
        openDataGate = OpenDataGate(clock: parts.fineClock)
    }

    /// Starts to publish changes of the store to the workers, through `LoginDependencies.publish`, beginning with all
    /// known changes. Call this once, after the workers exist and before they accept requests. `onChange` runs each
    /// time the workers have applied changes; the first time, they have all known ones.
    package func follow(onChange: @escaping @Sendable () -> Void = {}) {
        let publish = parts.publish
        parts.store.follow { changes in publish(changes, onChange) }
    }

    /// Performs periodic work: renews access tokens and expires logins that waited too long. Call this about once a
    /// second, on any thread.
    package func tick() {
        parts.accessTokens.renewDue()
        for gate in gates.values { gate.tick() }
    }

    /// Performs a call. `completion` runs exactly once, on any thread.
    ///
    /// Calls that change existing tokens (profile, phone number, logout, erasure) complete once every worker has
    /// applied the change.
    package func perform(_ request: EndpointRequest, completion: @escaping Completion) {
        switch (request.endpoint, request.holder) {
        case (.login, _): login(request, completion)
        case (.session, let holder?): session(of: holder, completion)
        case (.updateUser, let holder?): updateUser(of: holder, request.body, completion)
        case (.updatePhone, let holder?): updatePhone(of: holder, request, completion)
        case (.unbindPhone, let holder?): unbindPhone(of: holder, completion)
        case (.eraseUser, let holder?): erase(holder, completion)
        case (.logout, let holder?): logOut(holder, completion)
        default: completion(EndpointReply(.failure(.internalFault)))
        }
    }

    private func login(_ request: EndpointRequest, _ completion: @escaping Completion) {
        let app: WeChatApp
        let code: String
        do throws(EndpointBody.Fault) {
            let body = try LoginBody(request.body)
            app = try self.app(body.appID, header: request.appID)
            code = body.code
        } catch {
            return completion(EndpointReply(.badRequest(error.message)))
        }
        login(app, code, from: request.clientAddress) { result in
            switch result {
            case .success(let login): completion(.with(login))
            case .failure(let failure): completion(EndpointReply(.failure(failure)))
            }
        }
    }

    /// Every login by a code comes through here, so that all are counted and limited alike.
    func login(
        _ app: WeChatApp,
        _ code: String,
        from clientAddress: [UInt8],
        _ completion: @escaping LoginService.Completion
    ) {
        let counters = counters
        let counted: LoginService.Completion = { result in
            switch result {
            case .success: counters.noteLogin(app.appID, nil)
            case .failure(let failure): counters.noteLogin(app.appID, failure)
            }
            completion(result)
        }
        let caller = AddressKey(clientAddress)
        if let failure = admit(caller) { return counted(.failure(failure)) }
        do throws(WeChatFailure) {
            service.login(app, try LoginCode(code), caller: caller.bytes, completion: counted)
        } catch {
            counted(.failure(LoginFailure(error.kind)))
        }
    }

    /// Why nothing that costs a call of WeChat may come from this address now; nil: it may.
    func admit(_ caller: AddressKey) -> LoginFailure? {
        let now = parts.fineClock()
        return addresses.withLockedValue { $0.admit(caller, now: now) }.map { .throttled(retryAfter: $0) }
    }

    /// The app that body and header name; the only one where neither does.
    func app(_ appID: String?, header: String?) throws(EndpointBody.Fault) -> WeChatApp {
        if let appID, let header, !appID.utf8.elementsEqual(header.utf8) {
            throw EndpointBody.Fault(message: #""appId" and the header x-wx-appid name different apps"#)
        }
        if let named = appID ?? header {
            // Compares bytes: the equality of String accepts canonically equivalent text.
            guard let app = parts.apps.first(where: { $0.appID.utf8.elementsEqual(named.utf8) }) else {
                throw EndpointBody.Fault(
                    message: appID == nil
                        ? "the app in the header x-wx-appid is not configured"
                        : #"no app with this "appId" is configured"#
                )
            }
            return app
        }
        guard let only = parts.apps.first, parts.apps.count == 1 else {
            throw EndpointBody.Fault(message: #""appId" is missing; several apps are configured"#)
        }
        return only
    }
}

extension EndpointReply {
    static func with(_ login: CompletedLogin) -> EndpointReply {
        EndpointReply(
            .success(data: SessionData.of(login.user, login.token)),
            userID: login.user.userID,
            carriesToken: true
        )
    }
}
