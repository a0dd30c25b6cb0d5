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
        withSessionKey(of: holder, completion) { sessionKey in
            do throws(OpenDataFault) {
                let known = try body.openData.userInfo(of: holder.user, sessionKey: sessionKey)
                // What WeChat vouches for counts before what the client says.
                let profile = body.profile.merged(with: known.profile)
                self.record(holder, profile: profile, unionid: known.unionid, completion)
            } catch {
                completion(EndpointReply(.failure(.openDataRefused), userID: holder.userID))
            }
        }
    }

    /// Reads the key of the user's open data. Where there is none, or none that can be read, a new login brings one.
    func withSessionKey(
        of holder: SessionHolder,
        _ completion: @escaping Completion,
        _ body: @escaping @Sendable (String) -> Void
    ) {
        guard holder.user.hasOpenid else {
            return completion(EndpointReply(.failure(.openDataRefused), userID: holder.userID))
        }
        parts.store.sessionKey(holder.query(at: parts.clock())) { result in
            let failure: LoginFailure
            switch result {
            case .success(let sessionKey?): return body(sessionKey)
            case .success(nil): failure = .sessionUnknown
            case .failure(.sealing): failure = .openDataRefused
            case .failure(let error): failure = LoginFailure(error)
            }
            completion(EndpointReply(.failure(failure), userID: holder.userID))
        }
    }
}

extension OpenDataBody {
    /// What is known of the user after all that is sealed and signed here was checked.
    fileprivate func userInfo(
        of user: UserKey,
        sessionKey: String
    ) throws(OpenDataFault) -> (profile: UserProfile, unionid: String?) {
        var signedInfo: OpenUserInfo?
        if let signed {
            signedInfo = try OpenData.userInfo(
                rawData: signed.rawData,
                signature: signed.signature,
                sessionKey: sessionKey
            )
        }
        guard let sealed else { return (UserProfile(signedInfo?.profile), nil) }
        let info = try OpenData.userInfo(
            encryptedData: sealed.encryptedData,
            iv: sealed.iv,
            sessionKey: sessionKey,
            appID: user.appID
        )
        guard let openid = info.openId, openid.utf8.elementsEqual(user.openid.utf8) else { throw OpenDataFault() }
        return (UserProfile(info.profile), info.unionId)
    }
}

extension UserProfile {
    /// Of what WeChat vouches for, what may be shown; nothing of the placeholder.
    fileprivate init(_ profile: OpenUserInfo.Profile?) {
        guard let profile, let nickname = ProfileText.fit(profile.nickName) else {
            self.init()
            return
        }
        self.init(
            nickname: nickname,
            avatarURL: profile.avatarUrl.flatMap(ProfileText.wechatAvatar),
            gender: profile.gender,
            city: profile.city.flatMap(ProfileText.fit),
            province: profile.province.flatMap(ProfileText.fit),
            country: profile.country.flatMap(ProfileText.fit)
        )
    }
}
