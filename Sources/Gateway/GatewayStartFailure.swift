import Configuration
import NIOCore
import Sessions
import TLS

#if canImport(Glibc)
import Glibc
#endif

/// Why the gateway does not start; for people.
package struct GatewayStartFailure: Error, CustomStringConvertible {
    /// The reason, for an operator. Names no secret.
    package let description: String

    init(listeningOn address: ListenAddress, _ error: any Error) {
        description = "cannot listen on \(address): \(Self.reason(error))"
    }

    init(accessLog destination: AccessLogDestination, _ error: any Error) {
        if case .file(let path) = destination {
            description = "accessLog \(path): \(error); its folder must exist"
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
            case .certificateWeak: "the signature or the key of a certificate is too weak"
            case .applicationProtocol, .openSSL, nil: "OpenSSL rejects its certificates (\(error))"
            }
        description = "services.\(name).tls: \(reason)"
    }

    init(store path: String, _ error: SessionStoreOpenError) {
        let reason =
            switch error {
            case .file(let number): "the file or its folder cannot be created: \(Self.text(number))"
            case .corrupt: "this is not an SQLite database, or a damaged one"
            case .inUse: "another gateway runs on this file; gateways that share users need a store in Redis"
            case .newerSchema: "it was written by a later version of the gateway"
            case .readOnly: "it is not writable"
            case .noWriteAheadLog: "its file system does not support write-ahead logging; use a local disk"
            case .database(let code): "SQLite cannot open it (code \(code)); is it a directory?"
            }
        description = "sessions.store \(path): \(reason)"
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        let hint = error.errnoCode == EADDRINUSE ? "; is another menshen running?" : ""
        return text(error.errnoCode) + hint
    }

    private static func text(_ number: CInt) -> String {
        String(cString: strerror(number))
    }
}
