import ArgumentParser
import Configuration
import Cryptography
import NIOCore
import NIOPosix
import ServiceLifecycle
import WeChatStandIn

#if canImport(Glibc)
import Glibc
#endif

/// `menshen wechat-stand-in`.
struct WeChatStandIn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wechat-stand-in",
        abstract: "Run a local stand-in for api.weixin.qq.com, on loopback only, for development and tests."
    )

    @Option(help: "The port; 0 lets the kernel choose.")
    var port = 9010

    @Option(help: "Serve https with this certificate: a PEM file with the certificate and its chain. Needs --key.")
    var certificate: String?

    @Option(help: "The certificate's private key: an unencrypted PEM file.")
    var key: String?

    func validate() throws {
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("--certificate and --key must be given together")
        }
        guard SampleServerError.ports.contains(port) else {
            throw ValidationError("--port \(port): a port is a number from 0 to 65535; 0 lets the kernel choose")
        }
    }

    func run() async throws {
        try await Console.run { console in
            let identity = try StandInIdentity.read(certificate: certificate, key: key)
            let certificate = certificate
            let service = StandInService(port: port, identity: identity) { baseURL in
                // Trusting the certificate itself works whatever its issuer.
                let curl = certificate.map { "curl -s --cacert \($0)" } ?? "curl -s"
                try console.result(
                    """
                    stand-in for api.weixin.qq.com on \(baseURL)
                    a code for wx.login:  \(curl) -X POST \(baseURL)/stand-in/codes -d '{}'
                    the next call fails:  \(curl) -X POST \(baseURL)/stand-in/faults -d '{"fault":"slow"}'

                    """
                )
            }
            try await GatewayProcess.run([service], console)
        }
    }
}

/// The stand-in as a service of the process.
struct StandInService: Service {
    let port: Int
    /// Nil: plain http.
    var identity: CertifiedKey?
    /// Gets the base URL.
    var started: @Sendable (String) throws -> Void = { _ in }

    func run() async throws {
        let server: StandInServer
        do {
            server = try await StandInServer.start(
                port: port,
                identity: identity,
                group: MultiThreadedEventLoopGroup.singleton
            )
        } catch {
            throw PortFailure(port: port, user: "the stand-in for WeChat", error)
        }
        try started(server.baseURL)
        try await gracefulShutdown()
        await server.stop()
    }
}

/// A sample service as a service of the process.
struct SampleServiceRunner: Service {
    let kind: SampleService.Kind
    let port: Int

    func run() async throws {
        let server: SampleService
        do {
            server = try await SampleService.start(kind, port: port, group: MultiThreadedEventLoopGroup.singleton)
        } catch {
            throw PortFailure(port: port, user: "the sample service \"\(kind.rawValue)\"", error)
        }
        try await gracefulShutdown()
        await server.stop()
    }
}

/// A port that is not available, with its purpose.
private struct PortFailure: Error, CustomStringConvertible {
    let description: String

    init(port: Int, user: String, _ error: any Error) {
        let isTaken = (error as? IOError)?.errnoCode == EADDRINUSE
        let reason = isTaken ? "the port is in use; is another menshen running?" : "\(error)"
        description = "cannot listen on 127.0.0.1:\(port) for \(user): \(reason)"
    }
}
