import Configuration
import NIOCore
import Sessions
import TLS

#if canImport(Glibc)
import Glibc
#endif

/// Why the gateway does not start; for people.
package struct GatewayStartFailure: Error, CustomStringConvertible {
    package let description: String

    init(listeningOn address: ListenAddress, _ error: any Error) {
        description = "cannot listen on \(address): \(Self.reason(error))"
    }

    init(accessLog destination: AccessLogDestination, _ error: any Error) {
        if case .file(let path) = destination {
            description = "accessLog \(path): \(error); its folder has to exist"
        } else {
            description = "accessLog: \(error)"
        }
    }

    /// - Parameter calls: which calls of the gateway's own cannot be made, and why.
    init(calls reason: String) {
        description = reason
    }

    /// To be followed by where they can be named.
    static let noSystemAuthorities =
        "this machine has no store of authorities: install ca-certificates, or set"

    init(service name: String, _ error: any Error) {
        let reason =
            switch error as? TLSContext.Fault {
            case .noSystemAuthorities:
                Self.noSystemAuthorities + " \"ca\""
            case .certificateWeak: "a certificate is signed in a way that is too weak"
            case .applicationProtocol, .openSSL, nil: "OpenSSL does not take its certificates (\(error))"
            }
        description = "services.\(name).tls: \(reason)"
    }

    init(store path: String, _ error: SessionStoreOpenError) {
        let reason =
            switch error {
            case .file(let number): "the file or its folder cannot be made: \(Self.text(number))"
            case .corrupt: "this is no SQLite database, or a damaged one"
            case .newerSchema: "a later version of the gateway wrote it"
            case .readOnly: "it cannot be written"
            case .noWriteAheadLog: "its file system does not do write-ahead logging; a local disk does"
            case .database(let code): "SQLite cannot open it (code \(code)); is it a folder?"
            }
        description = "sessions.store \(path): \(reason)"
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        let hint = error.errnoCode == EADDRINUSE ? "; does another menshen run?" : ""
        return text(error.errnoCode) + hint
    }

    private static func text(_ number: CInt) -> String {
        String(cString: strerror(number))
    }
}
