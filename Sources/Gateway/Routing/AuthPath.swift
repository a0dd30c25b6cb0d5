import HTTPWire
import Login

/// The paths under the login path (contract, section 4).
enum AuthPath: String, CaseIterable {
    case login, session, user, phone, logout

    /// What a method asks for there; nil where it is not allowed.
    func endpoint(for method: HTTPMethod) -> Endpoint? {
        switch (self, method) {
        case (.login, .post): .login
        case (.session, .get), (.session, .head): .session
        case (.user, .post): .updateUser
        case (.user, .delete): .eraseUser
        case (.phone, .post): .updatePhone
        case (.phone, .delete): .unbindPhone
        case (.logout, .post): .logout
        default: nil
        }
    }

    /// The value of `allow`.
    var allow: [UInt8] {
        switch self {
        case .login, .logout: Array("POST".utf8)
        case .session: Array("GET, HEAD".utf8)
        case .user, .phone: Array("POST, DELETE".utf8)
        }
    }
}
