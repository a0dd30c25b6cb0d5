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
            // What WeChat vouches for counts before what the client says.
            let profile = body.profile.merged(with: known.profile)
            // A client can alter encrypted data, and where accounts are linked a unionid is who the user is.
            let unionid = self.parts.linksByUnionid ? nil : known.unionid
            self.record(holder, profile: profile, unionid: unionid, completion)
        }
    }

    /// Opens what a client sent of a user's open data with the session_key of the user's newest login. Where there is none,
    /// or none that can be read, or it does not open them, a new login brings one.
    ///
    /// - Parameters:
    ///   - open: what is in the data; its fault is the answer.
    ///   - then: runs with it and calls `completion`.
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
    /// What is known of the user after all that is sealed and signed here was checked. Whoever's it says to be, and of
    /// which unionid, has to be what the token says.
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
    /// Of what WeChat vouches for, what may be shown; nothing of the placeholder.
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
