import Configuration
import Logging
import Login
import WeChat

/// Lines of logins and of issuers' keys: tokens and codes of clients cause them.
extension LimitedLog {
    /// One line for a fetch of an issuer's keys.
    func report(_ event: IssuerKeyEvent) {
        switch event.outcome {
        case .fetched(let keys, let changed):
            write(
                LogKind(changed ? .info : .debug, "an issuer's keys were fetched", ["issuer": "\(event.issuer)"]),
                ["keys": "\(keys)"]
            )
        case .failed(let label):
            write(
                LogKind(
                    .warning,
                    "an issuer's keys could not be fetched; the previous keys stay in use",
                    ["issuer": "\(event.issuer)", "failure": "\(label)"]
                )
            )
        }
    }

    /// One line for an exchange with WeChat; every part of the event may be logged.
    func report(_ event: LoginEvent) {
        var labels: KeyValuePairs<String, String?> {
            [
                "app": event.appID, "failure": event.failure?.label, "wechat": event.wechat?.kind.label,
                "errcode": event.wechat?.errcode.map { "\($0)" }, "resolve": event.resolverLabel,
            ]
        }
        let kind =
            switch (event.failure, event.needsOperator) {
            case (nil, _): LogKind(.debug, "login", labels)
            case (_, true): LogKind(.warning, "login failed; an operator must act", labels)
            case (.wechatUnavailable, false): LogKind(.warning, "WeChat is not responding as expected", labels)
            case (_, false): LogKind(.info, "login failed", labels)
            }
        write(
            kind,
            [
                "requests": "\(event.requests)", "milliseconds": "\(event.duration.nanoseconds / 1_000_000)",
            ].merging(
                [("user", event.userID), ("rid", event.wechat?.rid)].compactMap { name, value in
                    value.map { (name, "\($0)") }
                }
            ) { $1 }
        )
    }
}

extension LoginEvent {
    /// The fault of the user resolver; nil: none.
    fileprivate var resolverLabel: String? {
        if case .resolverFailed(let fault) = failure { return fault.label }
        return nil
    }
}
