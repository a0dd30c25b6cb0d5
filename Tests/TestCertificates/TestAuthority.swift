import COpenSSL
package import Cryptography

/// OpenSSL refused what a test asked for.
package struct OpenSSLRefusal: Error {
    package let call: String

    package init(_ call: String) {
        self.call = call
        ERR_clear_error()
    }
}

/// A P-256 key, or an RSA key of a given size. Nobody changes these once they are made.
package final class TestKey: @unchecked Sendable {
    package let pointer: OpaquePointer

    package init(rsaBits: Int? = nil) throws {
        let name = rsaBits == nil ? "EC" : "RSA"
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else { throw OpenSSLRefusal("context") }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1 else { throw OpenSSLRefusal("keygen") }
        if let rsaBits {
            guard EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(rsaBits)) == 1 else { throw OpenSSLRefusal("bits") }
        } else {
            guard EVP_PKEY_CTX_set_group_name(context, "P-256") == 1 else { throw OpenSSLRefusal("group") }
        }
        guard EVP_PKEY_generate(context, &key) == 1, let key else { throw OpenSSLRefusal("generate") }
        pointer = key
    }

    deinit { EVP_PKEY_free(pointer) }

    /// PKCS#8 in PEM.
    package var pem: [UInt8] {
        MemoryText.of { PEM_write_bio_PKCS8PrivateKey($0, pointer, nil, nil, 0, nil, nil) }
    }
}

/// A certificate with its key.
package final class TestCertificate: @unchecked Sendable {
    package let pointer: OpaquePointer
    package let key: TestKey

    fileprivate init(_ pointer: OpaquePointer, _ key: TestKey) {
        self.pointer = pointer
        self.key = key
    }

    deinit { X509_free(pointer) }

    package var pem: [UInt8] { MemoryText.of { PEM_write_bio_X509($0, pointer) } }

    /// As the gateway would read both from files, followed by others of the chain.
    package func certified(with others: TestCertificate...) throws -> CertifiedKey {
        let chain = try CertificateList(pem: pem + others.flatMap(\.pem))
        return try CertifiedKey(chain: chain, key: key.pem)
    }

    package var list: CertificateList { get throws { try CertificateList(pem: pem) } }
}

/// Makes certificates as an authority does.
package final class TestAuthority: Sendable {
    /// What a certificate is to say.
    package struct Request {
        package var names: String
        package var subject: String
        /// Seconds from now.
        package var begins: Int
        package var ends: Int
        package var isAuthority: Bool
        package var usage: String?
        package var rsaBits: Int?

        package init(
            names: String = "DNS:service.test",
            subject: String = "service.test",
            begins: Int = -3600,
            ends: Int = 3600,
            isAuthority: Bool = false,
            usage: String? = nil,
            rsaBits: Int? = nil
        ) {
            self.names = names
            self.subject = subject
            self.begins = begins
            self.ends = ends
            self.isAuthority = isAuthority
            self.usage = usage
            self.rsaBits = rsaBits
        }
    }

    package let certificate: TestCertificate

    /// A root of its own, or one below another.
    package init(subject: String = "Test Root", below other: TestAuthority? = nil) throws {
        let request = Request(names: "", subject: subject, isAuthority: true)
        certificate = try Self.make(request, signedBy: other?.certificate)
    }

    package func issue(_ request: Request = Request()) throws -> TestCertificate {
        try Self.make(request, signedBy: certificate)
    }

    /// One that nobody else vouches for.
    package static func selfSigned(_ request: Request = Request()) throws -> TestCertificate {
        try make(request, signedBy: nil)
    }

    private static func make(_ request: Request, signedBy signer: TestCertificate?) throws -> TestCertificate {
        let key = try TestKey(rsaBits: request.rsaBits)
        guard let made = X509_new() else { throw OpenSSLRefusal("X509_new") }
        let certificate = TestCertificate(made, key)
        X509_set_version(made, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(made), Int.random(in: 1...Int(Int32.max)))
        X509_gmtime_adj(X509_getm_notBefore(made), request.begins)
        X509_gmtime_adj(X509_getm_notAfter(made), request.ends)
        X509_set_pubkey(made, key.pointer)
        let name = X509_get_subject_name(made)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, request.subject, -1, -1, 0)
        let issuer = signer?.pointer ?? made
        X509_set_issuer_name(made, X509_get_subject_name(issuer))
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, made, nil, nil, 0)
        var extensions: [(CInt, String)] = [
            (NID_basic_constraints, request.isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE"),
            (NID_subject_key_identifier, "hash"),
        ]
        if !request.names.isEmpty { extensions.append((NID_subject_alt_name, request.names)) }
        if let usage = request.usage { extensions.append((NID_ext_key_usage, usage)) }
        for (number, text) in extensions {
            guard let item = X509V3_EXT_conf_nid(nil, &context, number, text) else { throw OpenSSLRefusal(text) }
            X509_add_ext(made, item, -1)
            X509_EXTENSION_free(item)
        }
        guard X509_sign(made, (signer?.key ?? key).pointer, EVP_sha256()) > 0 else { throw OpenSSLRefusal("sign") }
        return certificate
    }
}

private enum MemoryText {
    static func of(_ write: (OpaquePointer) -> CInt) -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { return [] }
        defer { BIO_free_all(bio) }
        guard write(bio) == 1 else { return [] }
        var text = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        var count = 0
        BIO_read_ex(bio, &text, text.count, &count)
        return Array(text[..<count])
    }
}

/// One authority with a service and a client below it, made once for all tests that want nothing special.
package struct TestWorld: Sendable {
    package static let shared = Result { try TestWorld() }

    package let root: TestAuthority
    package let service: TestCertificate
    package let client: TestCertificate

    private init() throws {
        root = try TestAuthority()
        service = try root.issue()
        client = try root.issue(.init(names: "DNS:gateway.test", subject: "gateway.test"))
    }
}
