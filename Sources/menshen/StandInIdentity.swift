import ArgumentParser
import Configuration
import Cryptography

/// The certificate and the key that the stand-in serves https with.
enum StandInIdentity {
    /// Reads both files.
    ///
    /// - Returns: nil where none is named.
    /// - Throws: `ValidationError`, which says which file is at fault and why.
    static func read(certificate: String?, key: String?) throws -> CertifiedKey? {
        guard let certificate, let key else { return nil }
        let (chain, secret) = (try contents(of: certificate), try contents(of: key))
        do throws(CertificateFault) {
            return try CertifiedKey(chain: CertificateList(pem: chain), key: secret)
        } catch {
            switch error {
            case .noCertificate, .malformed: throw ValidationError("\(certificate): no readable certificate in PEM")
            case .noKey: throw ValidationError("\(key): no private key in PEM, or one with a password")
            case .mismatched: throw ValidationError("\(key): not the key of the first certificate in \(certificate)")
            case .weak: throw ValidationError("\(key): under 112 bits of security; RSA keys have at least 2048 bits")
            case .outOfMemory: throw ValidationError("\(certificate): OpenSSL refuses it")
            }
        }
    }

    private static func contents(of path: String) throws -> [UInt8] {
        switch ConfigurationEnvironment.live.contents(path) {
        case .success(let bytes): return bytes
        case .failure(let problem): throw ValidationError("\(path): \(problem.reason)")
        }
    }
}
