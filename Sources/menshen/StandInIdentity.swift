import ArgumentParser
import Configuration
import Cryptography

/// The certificate and the key for https on the stand-in.
enum StandInIdentity {
    /// Reads both files.
    ///
    /// - Returns: nil if none is named.
    /// - Throws: `ValidationError` with the file and the reason.
    static func read(certificate: String?, key: String?) throws -> CertifiedKey? {
        guard let certificate, let key else { return nil }
        let (chain, secret) = (try contents(of: certificate), try contents(of: key))
        do throws(CertificateFault) {
            return try CertifiedKey(chain: CertificateList(pem: chain), key: secret)
        } catch {
            switch error {
            case .noCertificate, .malformed: throw ValidationError("\(certificate): not a readable certificate in PEM")
            case .noKey: throw ValidationError("\(key): not a private key in PEM, or an encrypted one")
            case .mismatched: throw ValidationError("\(key): does not match the first certificate in \(certificate)")
            case .weak:
                throw ValidationError("\(key): less than 112 bits of security; RSA keys have at least 2048 bits")
            case .outOfMemory: throw ValidationError("\(certificate): OpenSSL rejects it")
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
