import COpenSSL

/// Failures of cryptographic operations. No case contains key material, plaintext or ciphertext.
package enum CryptographyError: Error, Equatable, Sendable {
    /// A key, nonce or output length that the algorithm does not have.
    case invalidLength
    /// Sealed data that is too short, was changed, or belongs to another key or other associated data.
    case authenticationFailed
    /// OpenSSL failed; `code` is the packed code of `ERR_get_error`, 0 if there is none.
    case openSSL(operation: Operation, code: UInt)

    /// The operation that OpenSSL refused.
    package enum Operation: String, Sendable {
        case random
        case digest
        case mac
        case encrypt
        case decrypt
        case sign
    }

    /// The newest error of this thread's queue, as an error of `operation`, with the queue empty afterwards. For a busy path,
    /// which does not clear it before each call.
    static func newest(_ operation: Operation) -> CryptographyError {
        defer { ERR_clear_error() }
        return .openSSL(operation: operation, code: UInt(ERR_peek_last_error()))
    }

    /// The oldest error of this thread's queue, as an error of `operation`. `ERR_clear_error` must have come before the call.
    static func last(_ operation: Operation) -> CryptographyError {
        .openSSL(operation: operation, code: UInt(ERR_get_error()))
    }
}
