import Configuration
import Testing

@Suite("TLS to services, as routes.json says it")
struct ServiceTLSTests {
    private static let environment = ConfigurationEnvironment(
        variable: { _ in nil },
        contents: { path in
            let files = [
                "ca.pem": "A note\n" + SamplePEM.certificate + "\n" + SamplePEM.weakCertificate,
                "cert.pem": SamplePEM.certificate, "key.pem": SamplePEM.key, "other.pem": SamplePEM.otherKey,
                "locked.pem": SamplePEM.lockedKey, "weak.pem": SamplePEM.weakCertificate, "weak.key": SamplePEM.weakKey,
                "empty.pem": "", "broken.pem": SamplePEM.certificate.replacing("MII", with: "QUI"),
                "cut.pem": String(SamplePEM.certificate.dropLast(40)),
            ]
            return files[path].map { .success(Array($0.utf8)) } ?? .failure(FileProblem(reason: "No such file"))
        }
    )

    private func load(_ tls: String, targets: String = #""https://h""#) -> LoadResult {
        Fixture.load(
            ["services": #"{"orders":{"targets":[\#(targets)],"tls":\#(tls)}}"#],
            environment: ServiceTLSTests.environment
        )
    }

    @Test("https targets have a port of their own, and defaults that verify")
    func targets() throws {
        let result = Fixture.load([
            "services": #"{"orders":{"targets":["https://Orders.internal","HTTPS://[::1]:8443","http://h"]}}"#
        ])
        let service = try #require(result.configuration?.services["orders"])
        #expect(
            service.targets.map(\.address) == [
                .https(host: "orders.internal", port: 443), .https(host: "::1", port: 8443),
                .http(host: "h", port: 80),
            ]
        )
        #expect(
            service.targets.map(\.address.description) == [
                "https://orders.internal:443", "https://[::1]:8443", "http://h:80",
            ]
        )
        #expect(service.tls.verify && service.tls.authorities == nil && service.tls.clientCertificate == nil)
        #expect(service.timeouts.tls == .seconds(2))
    }

    @Test("Everything that can be said is read, the files with it")
    func everything() throws {
        let result = load(
            #"""
            {"ca":"ca.pem","serverName":"Orders.Internal","verify":true,
             "clientCertificate":{"certificate":"cert.pem","key":{"file":"key.pem"}}}
            """#
        )
        #expect(result.summaries == [])
        let tls = try #require(result.configuration?.services["orders"]?.tls)
        #expect(tls.authorities?.path == "ca.pem")
        #expect(tls.authorities?.bytes.starts(with: Array("A note".utf8)) == true)
        #expect(tls.serverName == "orders.internal")
        #expect(tls.clientCertificate?.certificate.path == "cert.pem")
        #expect(tls.clientCertificate?.key == Secret(Array(SamplePEM.key.utf8)))
    }

    @Test(
        "Names and addresses that a certificate can be for",
        arguments: [("h", "h"), ("A.b", "a.b"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("[::1]", "::1")]
    )
    func serverName(text: String, name: String) {
        #expect(load(#"{"serverName":"\#(text)"}"#).configuration?.services["orders"]?.tls.serverName == name)
    }

    @Test(
        "What cannot be used is a fault at its place",
        arguments: [
            (
                #"{"ca":"missing.pem"}"#,
                "/ca: this file cannot be read: No such file; relative paths start at the working directory"
            ),
            (#"{"ca":"empty.pem"}"#, "/ca: this file holds no certificate; the file must be PEM"),
            (#"{"ca":"key.pem"}"#, "/ca: this file holds no certificate; the file must be PEM"),
            (#"{"ca":"broken.pem"}"#, "/ca: this file holds a certificate that cannot be read; the file must be PEM"),
            (#"{"ca":"cut.pem"}"#, "/ca: this file holds a certificate that cannot be read; the file must be PEM"),
            (#"{"ca":7}"#, "/ca: must be the path of a PEM file, not a number"),
            (#"{"serverName":"h:443"}"#, #"/serverName: "h:443" is neither a host name nor an IP address"#),
            (#"{"serverName":""}"#, #"/serverName: "" is neither a host name nor an IP address"#),
            (#"{"verify":"no"}"#, "/verify: must be"),
            (#"{"alpn":"h2"}"#, "/alpn: unknown key"),
            (
                #"{"clientCertificate":{"certificate":"cert.pem","key":{"file":"other.pem"}}}"#,
                #"/clientCertificate/key: this key does not match the first certificate in "certificate""#
            ),
            (
                #"{"clientCertificate":{"certificate":"cert.pem","key":{"file":"locked.pem"}}}"#,
                "/clientCertificate/key: this is not a private key in PEM; encrypted keys are not supported"
            ),
            (
                #"{"clientCertificate":{"certificate":"cert.pem","key":{"file":"cert.pem"}}}"#,
                "/clientCertificate/key: this is not a private key in PEM"
            ),
            (
                #"{"clientCertificate":{"certificate":"weak.pem","key":{"file":"weak.key"}}}"#,
                "/clientCertificate/key: this key is too weak; RSA keys have at least 2048 bits"
            ),
            (#"{"clientCertificate":{"certificate":"cert.pem"}}"#, "/clientCertificate/key: this key is required"),
        ]
    )
    func faults(tls: String, fault: String) throws {
        let result = load(tls)
        #expect(result.configuration == nil)
        #expect(result.summaries.count == 1, "\(result.summaries)")
        let summary = try #require(result.summaries.first)
        #expect(summary.hasPrefix("/services/orders/tls" + fault), "\(summary)")
        #expect(result.faults.allSatisfy { $0.line == 7 && ($0.column ?? 0) > 1 })
        #expect(!summary.contains("BEGIN"))
    }

    @Test("TLS for a service without https targets is a fault, since nothing would be verified")
    func noSecureTarget() {
        let result = load("{}", targets: #""http://h""#)
        #expect(result.summaries.count == 1)
        #expect(result.summaries.first?.hasPrefix("/services/orders/tls: no target of this service") == true)
    }

    @Test("Not to verify is a warning, but for services on this machine")
    func unverified() {
        func warnings(_ result: LoadResult) -> [String] {
            result.warnings.map(\.pointer).filter { $0.hasPrefix("/services") }
        }
        let remote = load(#"{"verify":false}"#)
        #expect(remote.configuration?.services["orders"]?.tls.verify == false)
        #expect(warnings(remote) == ["/services/orders/tls/verify"])
        #expect(warnings(load(#"{"verify":false}"#, targets: #""https://127.0.0.1:1","https://localhost""#)).isEmpty)
    }
}
