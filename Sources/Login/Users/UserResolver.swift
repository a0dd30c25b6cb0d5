package import APICalls
import JSON
package import Sessions

/// Asks a service for the id of a user (`users.resolve`).
///
/// It sends `POST` with `{"appId", "openid", "unionid"}` (null if WeChat does not return one) and expects 200 with
/// `{"userId": "…"}`. The targets are tried in order; the next one only if nothing was sent.
package struct UserResolver: Sendable {
    private static let reader = JSONReader(duplicates: .keepLast, maximumDepth: 16, maximumSize: 64 * 1024)

    private let urls: [String]
    private let timeout: Duration
    private let api: APIClient

    /// - Parameters:
    ///   - targets: the service's servers as `http://host:port`.
    ///   - path: absolute.
    ///   - timeout: for the call to one server.
    package init(targets: [String], path: String, timeout: Duration, api: APIClient) {
        urls = targets.map { $0 + path }
        self.timeout = timeout
        self.api = api
    }

    /// `completion` runs exactly once, by the rules of `APIClient.send`.
    package func resolve(
        _ user: UserKey,
        unionid: String?,
        completion: @escaping @Sendable (Result<String, LoginFailure>) -> Void
    ) {
        var json = JSONWriter()
        json.beginObject()
        json.member("appId", user.appID)
        json.member("openid", user.openid)
        json.name("unionid")
        if let unionid { json.string(unionid) } else { json.null() }
        json.endObject()
        tryTargets(urls[...], json.bytes, completion)
    }

    private func tryTargets(
        _ urls: ArraySlice<String>,
        _ body: [UInt8],
        _ completion: @escaping @Sendable (Result<String, LoginFailure>) -> Void
    ) {
        guard let url = urls.first else { return completion(.failure(.resolverFailed(.connect))) }
        api.send(APIRequest(url: url, jsonBody: body, totalTimeout: timeout, isDirect: true)) { result in
            switch result {
            case .success(let response): completion(Self.read(response))
            case .failure(.resolve), .failure(.connect): tryTargets(urls.dropFirst(), body, completion)
            case .failure(let error): completion(.failure(LoginFailure(resolver: error)))
            }
        }
    }

    private static func read(_ response: APIResponse) -> Result<String, LoginFailure> {
        guard response.status == 200 else { return .failure(.resolverFailed(.status(response.status))) }
        guard let answer = try? reader.read(response.body), let userID = answer["userId"]?.string,
            UserName.isUserID(userID)
        else { return .failure(.resolverFailed(.protocolViolation)) }
        return .success(userID)
    }
}

extension LoginFailure {
    fileprivate init(resolver error: APICallError) {
        switch error {
        case .resolve, .connect, .tls: self = .resolverFailed(.connect)
        case .timeout, .waitedTooLong: self = .resolverFailed(.timeout)
        case .overloaded, .shutDown: self = .overloaded
        default: self = .resolverFailed(.protocolViolation)
        }
    }
}
