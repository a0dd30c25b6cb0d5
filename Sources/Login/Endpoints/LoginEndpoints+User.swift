import Sessions
import WeChat

extension LoginEndpoints {
    func updateUser(of holder: SessionHolder, _ bytes: [UInt8], _ completion: @escaping Completion) {
        let body: UserBody
        do throws(EndpointBody.Fault) {
            body = try UserBody(bytes)
        } catch {
            return completion(EndpointReply(.badRequest(error.message), userID: holder.userID))
        }
        guard !body.openData.isEmpty else { return record(holder, profile: body.profile, completion) }
        withOpenData(of: holder, completion) { (sessionKey) throws(OpenDataFault) in
            try body.openData.userInfo(of: holder, sessionKey: sessionKey)
        } then: { known in
            // Values that WeChat confirms override those of the client.
            let profile = body.profile.merged(with: known.profile)
            // A client can alter encrypted data, and with linked accounts the unionid identifies the user.
            let unionid = self.parts.linksByUnionid ? nil : known.unionid
            self.record(holder, profile: profile, unionid: unionid, completion)
        }
    }

    /// Decrypts a client's open data with the session_key of the user's newest login. If there is no key, or the data
    /// do not decrypt, the client must log in again.
    ///
    /// - Parameters:
    ///   - open: returns the content; its fault becomes the reply.
    ///   - then: gets the content and calls `completion`.
    func withOpenData<Content>(
        of holder: SessionHolder,
        _ completion: @escaping Completion,
        open: @escaping @Sendable (String) throws(OpenDataFault) -> Content,
        then: @escaping @Sendable (Content) -> Void
    ) {
        let fail: @Sendable (LoginFailure) -> Void = { failure in
            completion(EndpointReply(.failure(failure), userID: holder.userID))
        }
        guard holder.user.hasOpenid else { return fail(.openDataRefused) }
        if let failure = openDataGate.enter(holder.user) { return fail(failure) }
        parts.store.sessionKey(holder.query(at: parts.clock())) { result in
            guard case .success(let sessionKey?) = result else {
                self.openDataGate.pass(holder.user)
                return fail(LoginFailure(keyless: result))
            }
            let content: Content
            do throws(OpenDataFault) {
                content = try open(sessionKey)
            } catch {
                return fail(.openDataRefused)
            }
            self.openDataGate.pass(holder.user)
            then(content)
        }
    }
}

extension LoginFailure {
    /// Why there is no session_key.
    fileprivate init(keyless result: Result<String?, SessionStoreError>) {
        switch result {
        case .success: self = .sessionUnknown
        case .failure(.sealing): self = .openDataRefused
        case .failure(let error): self.init(error)
        }
    }
}

extension OpenDataBody {
    /// Checks all encrypted and signed data and returns what they contain. The openid and the unionid must match the
    /// token's.
    fileprivate func userInfo(
        of holder: SessionHolder,
        sessionKey: String
    ) throws(OpenDataFault) -> (profile: UserProfile, unionid: String?) {
        var signedInfo: OpenUserInfo?
        if let signed {
            signedInfo = try OpenData.userInfo(
                rawData: signed.rawData,
                signature: signed.signature,
                sessionKey: sessionKey
            )
            guard Self.isSame(signedInfo?.openId, as: holder.user.openid),
                Self.isSame(signedInfo?.unionId, as: holder.unionid)
            else { throw OpenDataFault() }
        }
        guard let sealed else { return (UserProfile(signedInfo?.profile), nil) }
        let info = try OpenData.userInfo(
            encryptedData: sealed.encryptedData,
            iv: sealed.iv,
            sessionKey: sessionKey,
            appID: holder.user.appID
        )
        guard info.openId != nil, Self.isSame(info.openId, as: holder.user.openid),
            Self.isSame(info.unionId, as: holder.unionid)
        else { throw OpenDataFault() }
        return (UserProfile(info.profile), info.unionId)
    }

    /// Whether two identifiers are one, as far as both are known.
    private static func isSame(_ claimed: String?, as known: String?) -> Bool {
        guard let claimed, let known else { return true }
        return claimed.utf8.elementsEqual(known.utf8)
    }
}

extension UserProfile {
    /// The part of WeChat's data that may be shown; the placeholder is dropped.
    fileprivate init(_ profile: OpenUserInfo.Profile?) {
        guard let profile, let nickname = ProfileText.validated(profile.nickName) else {
            self.init()
            return
        }
        self.init(
            nickname: nickname,
            avatarURL: profile.avatarUrl.flatMap(ProfileText.wechatAvatar),
            gender: profile.gender,
            city: profile.city.flatMap(ProfileText.validated),
            province: profile.province.flatMap(ProfileText.validated),
            country: profile.country.flatMap(ProfileText.validated)
        )
    }
}
