import Cryptography
import JSON

extension ValueDecoder where Value == PEMFile {
    /// The path of a file with at least one certificate, read now: nothing reads files once requests are served.
    static var certificateFile: ValueDecoder {
        ValueDecoder(
            schema: .object([("type", .string("string")), ("minLength", .integer(1))]),
            read: { node, location, reader in
                guard let path = node.string else {
                    reader.wrongType(node, at: location, expected: "the path of a PEM file")
                    return nil
                }
                guard let bytes = reader.contents(of: path, at: location) else { return nil }
                do throws(CertificateFault) {
                    _ = try CertificateList(pem: bytes)
                    return PEMFile(path: path, bytes: bytes)
                } catch {
                    reader.fault(
                        location,
                        "this file holds \(error.certificateDescription)",
                        hint: "the file must be PEM"
                    )
                    return nil
                }
            }
        )
    }
}

extension ValueDecoder where Value == String {
    /// The subject of a certificate: a host name or an IP address.
    static var serverName: ValueDecoder {
        .text(
            [("pattern", .string("^([A-Za-z0-9._-]+|\\[?[0-9A-Fa-f:.]+\\]?)$"))],
            expected: "a host name or an IP address",
            parse: { text throws(TextFault) in
                if IPAddress(text) != nil { return text.lowercased() }
                guard let (host, port) = NetworkName.split(text), port == nil else {
                    throw TextFault(
                        message: "\(Printable.quoted(text)) is neither a host name nor an IP address",
                        hint: "for example \"orders.internal\", without a port"
                    )
                }
                return host
            }
        )
    }
}

extension CertificateFault {
    /// The fault of a file of certificates.
    fileprivate var certificateDescription: String {
        switch self {
        case .noCertificate, .noKey, .mismatched, .weak: "no certificate"
        case .malformed, .outOfMemory: "a certificate that cannot be read"
        }
    }
}
