import Testing

@testable import Cryptography

/// RFC 7515 appendices A.2 and A.3, RFC 8037 appendix A.4.
enum PublishedKeys {
    static func parameters(_ algorithm: SignatureAlgorithm) -> PublicKeyParameters {
        switch algorithm {
        case .es256:
            .p256(
                x: decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                y: decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
            )
        case .edDSA:
            .ed25519(x: decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
        case .rs256:
            .rsa(
                modulus: decode(
                    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql"
                        + "L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdb"
                        + "BYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK"
                        + "-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
                ),
                exponent: decode("AQAB")
            )
        }
    }

    /// What is signed, and the signature, both as the RFC prints them.
    static func example(_ algorithm: SignatureAlgorithm) -> (signed: String, signature: String) {
        let claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        return switch algorithm {
        case .es256:
            (
                "eyJhbGciOiJFUzI1NiJ9." + claims,
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
            )
        case .edDSA:
            (
                "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
            )
        case .rs256:
            (
                "eyJhbGciOiJSUzI1NiJ9." + claims,
                "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdb"
                    + "F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_e"
                    + "SN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq"
                    + "Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
            )
        }
    }

    static func decode(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return Base64URL.decode(bytes.span) ?? []
    }
}

@Suite("The signatures that RFC 7515 and RFC 8037 print")
struct PublishedSignatureTests {
    @Test("are good, and not of anything else", arguments: SignatureAlgorithm.allCases)
    func good(_ algorithm: SignatureAlgorithm) throws {
        let key = try PublicKey(PublishedKeys.parameters(algorithm))
        let (signed, signature) = PublishedKeys.example(algorithm)
        let message = Array(signed.utf8)
        let bytes = PublishedKeys.decode(signature)
        #expect(key.takes(bytes, message))
        let cut = Array(message.dropLast())
        #expect(!key.takes(bytes, cut))
    }
}
