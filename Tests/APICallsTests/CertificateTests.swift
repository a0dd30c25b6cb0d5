import APICalls
import Cryptography
import ScriptedServer
import TestCertificates
import Testing

/// A server's certificate, what is asked of it, and whether that is enough.
struct CertificateCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var names = "DNS:localhost, IP:127.0.0.1"
    var host = "127.0.0.1"
    var begins = -3600
    var ends = 3600
    var usage: String?
    let error: APICallError?
}

@Suite("A server's certificate", .timeLimit(.minutes(5)))
struct CertificateTests {
    private static let cases = [
        CertificateCase(testDescription: "for the address", error: nil),
        CertificateCase(testDescription: "for the name", host: "localhost", error: nil),
        CertificateCase(testDescription: "for the NAME", names: "DNS:LOCALHOST", host: "localhost", error: nil),
        CertificateCase(testDescription: "for another address", names: "IP:127.0.0.2", error: .tls),
        CertificateCase(testDescription: "for another name", names: "DNS:other.test", host: "localhost", error: .tls),
        CertificateCase(testDescription: "for names below", names: "DNS:*.localhost", host: "localhost", error: .tls),
        CertificateCase(testDescription: "with the address as a name", names: "DNS:127.0.0.1", error: .tls),
        CertificateCase(testDescription: "expired", begins: -7200, ends: -3600, error: .tls),
        CertificateCase(testDescription: "not valid yet", begins: 3600, ends: 7200, error: .tls),
        CertificateCase(testDescription: "for servers", usage: "serverAuth", error: nil),
        CertificateCase(testDescription: "for clients only", usage: "clientAuth", error: .tls),
    ]

    @Test("of a trusted authority, but", arguments: cases)
    func verification(_ each: CertificateCase) async throws {
        let root = try TestAuthority()
        let certificate = try root.issue(
            .init(names: each.names, subject: "127.0.0.1", begins: each.begins, ends: each.ends, usage: each.usage)
        )
        let server = try ScriptedServer { _ in .answer(http("hello")) }
        let front = try await TLSFront.start(certificate.certified(), to: Int(server.port))
        let client = try APIClient(authorities: AuthorityStore(root.certificate.list))
        let result = await client.get("https://\(each.host):\(front.port)/")
        #expect(result.error == each.error, "\(result)")
        #expect(result.text == (each.error == nil ? "hello" : nil))
        #expect(server.requests.isEmpty == (each.error != nil), "nothing may be sent to a server that is not verified")
    }

    @Test("of nobody's, of another authority with the same name, of one that only the machine does not know")
    func unknownAuthority() async throws {
        let (root, impostor) = (try TestAuthority(), try TestAuthority())
        let names = "IP:127.0.0.1"
        let store = try AuthorityStore(root.certificate.list)
        for (certificate, authorities) in [
            (try TestAuthority.selfSigned(.init(names: names)), store),
            (try impostor.issue(.init(names: names)), store),
            (try root.issue(.init(names: names)), AuthorityStore.system), (try root.issue(.init(names: names)), nil),
        ] {
            let server = try ScriptedServer { _ in .answer(http("")) }
            let front = try await TLSFront.start(certificate.certified(), to: Int(server.port))
            let client = try APIClient(authorities: authorities)
            #expect(await client.get(front.baseURL).error == .tls)
            #expect(server.requests.isEmpty)
        }
    }

    @Test("each certificate of the list is trusted as it stands: a root, an authority below one, the server's own")
    func lists() async throws {
        let root = try TestAuthority()
        let below = try TestAuthority(subject: "Below", below: root)
        let certificate = try below.issue(.init(names: "IP:127.0.0.1"))
        let server = try ScriptedServer { _ in .answer(http("hello")) }
        let whole = try await TLSFront.start(certificate.certified(with: below.certificate), to: Int(server.port))
        let alone = try await TLSFront.start(certificate.certified(), to: Int(server.port))
        let other = try TestAuthority(subject: "Other").certificate.pem
        for (list, front, trusts) in [
            (root.certificate.pem, whole, true), (root.certificate.pem, alone, false),
            (other + root.certificate.pem, whole, true), (below.certificate.pem, alone, true),
            (certificate.pem, alone, true), (other, whole, false),
        ] {
            let client = try APIClient(authorities: AuthorityStore(CertificateList(pem: list)))
            #expect(await client.get(front.baseURL).error == (trusts ? nil : .tls))
        }
    }

    @Test("one store serves clients at once, and outlives the ones that go")
    func shared() async throws {
        let root = try TestAuthority()
        let server = try ScriptedServer { .answer(http($0.target)) }
        let identity = try root.issue(.init(names: "IP:127.0.0.1")).certified()
        let front = try await TLSFront.start(identity, to: Int(server.port))
        let store = try AuthorityStore(root.certificate.list)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let client = try? APIClient(authorities: store)
                    #expect(await client?.get("\(front.baseURL)/\(number)").text == "/\(number)")
                }
            }
        }
        #expect(try await APIClient(authorities: store).get("\(front.baseURL)/last").text == "/last")
    }
}
