import COpenSSL

/// X.509 certificates, one or more, in the order they stood in a PEM text. Immutable and safe to use on any number of
/// threads at once.
package final class CertificateList: @unchecked Sendable {
    // Unchecked: OpenSSL counts references to certificates atomically, and certificates are not changed here.

    /// OpenSSL's `X509` objects, for passing to OpenSSL; valid as long as this list.
    package let pointers: [OpaquePointer]

    /// Reads all `BEGIN CERTIFICATE` blocks; other text between them is read over, other blocks are not taken.
    ///
    /// - Throws: `noCertificate` where there is none, `malformed` where one is broken.
    package init(pem: [UInt8]) throws(CertificateFault) {
        let source = try PEMSource(pem)
        var found: [OpaquePointer] = []
        while let certificate = PEM_read_bio_X509(source.bio, nil, refusePassword, nil) {
            found.append(certificate)
        }
        pointers = found
        // The text ends with "no start line"; anything else is a block that cannot be read.
        let error = ERR_peek_last_error()
        let isEnd = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE
        ERR_clear_error()
        guard isEnd else { throw .malformed }
        guard !found.isEmpty else { throw .noCertificate }
    }

    deinit {
        for pointer in pointers {
            X509_free(pointer)
        }
    }
}

/// A certificate with its chain and the private key that it is for. Prints nothing of itself.
package final class CertifiedKey: @unchecked Sendable, Redacted {
    // Unchecked as CertificateList is.

    /// The certificate that the key is for, then those that lead to its authority.
    package let chain: CertificateList
    /// OpenSSL's `EVP_PKEY`, for passing to OpenSSL; valid as long as this object.
    package let key: OpaquePointer

    /// Reads both, and sees whether they belong together: the chain's first certificate is the key's.
    ///
    /// - Parameter key: PEM without a password: PKCS#8, SEC1 or PKCS#1.
    package init(chain: CertificateList, key pem: [UInt8]) throws(CertificateFault) {
        let source = try PEMSource(pem)
        defer { ERR_clear_error() }
        guard let key = PEM_read_bio_PrivateKey(source.bio, nil, refusePassword, nil) else { throw .noKey }
        // From here on deinit frees it, even if an error is thrown.
        self.key = key
        self.chain = chain
        guard let first = chain.pointers.first, X509_check_private_key(first, key) == 1 else { throw .mismatched }
        guard EVP_PKEY_get_security_bits(key) >= 112 else { throw .weak }
    }

    deinit {
        EVP_PKEY_free(key)
    }
}

/// A fault of certificates or a key in PEM. No case contains any part of them.
package enum CertificateFault: Error, Equatable, Sendable {
    /// No `BEGIN CERTIFICATE` at all.
    case noCertificate
    /// A block that is not a certificate.
    case malformed
    /// No private key, one with a password, or one that cannot be read.
    case noKey
    /// The key is not that of the first certificate.
    case mismatched
    /// The key is under 112 bits of security, as RSA is under 2048 bits (NIST SP 800-57 part 1, section 5.6.1.1).
    case weak
    /// OpenSSL refused, as it does without memory.
    case outOfMemory
}

/// Bytes for OpenSSL to read from.
private struct PEMSource: ~Copyable {
    let bio: OpaquePointer

    init(_ bytes: [UInt8]) throws(CertificateFault) {
        ERR_clear_error()
        guard let bio = BIO_new(BIO_s_mem()) else { throw .outOfMemory }
        var written = 0
        guard bytes.isEmpty || BIO_write_ex(bio, bytes, bytes.count, &written) == 1 else {
            BIO_free_all(bio)
            throw .outOfMemory
        }
        self.bio = bio
    }

    deinit {
        BIO_free_all(bio)
    }
}

/// Replaces OpenSSL's own callback, which asks at the terminal.
private func refusePassword(
    buffer: UnsafeMutablePointer<CChar>?,
    size: CInt,
    writes: CInt,
    context: UnsafeMutableRawPointer?
) -> CInt {
    -1
}
