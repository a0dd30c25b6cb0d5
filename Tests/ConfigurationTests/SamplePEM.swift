/// Certificates and keys of the tests and of nothing else.
enum SamplePEM {
    /// P-256, self-signed.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBnTCCAUSgAwIBAgIUFgpVaQLi1/hdliIvIJ9sgsSQ3xowCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMZ2F0ZXdheS50ZXN0MCAXDTI2MTEyMTE2MjA0MloYDzIxMjYx
        MDI4MTYyMDQyWjAXMRUwEwYDVQQDDAxnYXRld2F5LnRlc3QwWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQYMe7f1ShnVSBNcWYh73CD2PRF1wBQPrI2p4Stb2JjhRfU
        AByenuoy44aFOdFUp+cbs0+rm8rkxlf4tuHl1GWzo2wwajAdBgNVHQ4EFgQUqJSd
        PUMsIlGa0sf/3AMt4THwYOgwHwYDVR0jBBgwFoAUqJSdPUMsIlGa0sf/3AMt4THw
        YOgwDwYDVR0TAQH/BAUwAwEB/zAXBgNVHREEEDAOggxnYXRld2F5LnRlc3QwCgYI
        KoZIzj0EAwIDRwAwRAIgW+LHuhojqoaWxVVzxwTe0AJ7FpAlFTk2wEKNdzriujgC
        IBYrC9BFFE6Xm/lOmIBRAyxQs+4LJ6tuAnLHZrn+hZSi
        -----END CERTIFICATE-----
        """
    /// The key of ``certificate``.
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghOsyPGxNhZTWfu0e
        MRDcwTrWt4rkfBZGlMX5+0Afwi+hRANCAAQYMe7f1ShnVSBNcWYh73CD2PRF1wBQ
        PrI2p4Stb2JjhRfUAByenuoy44aFOdFUp+cbs0+rm8rkxlf4tuHl1GWz
        -----END PRIVATE KEY-----
        """
    /// Another P-256 key.
    static let otherKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0JEqQ4UWpfT9Yp9I
        jBVO8V1aOGkah52nu2SxNkm2xBChRANCAAQon4mDsqMgTFPMj+z8HgpfRJFuKzaL
        +MGx4Uz9RIpiV4PsxhOq15uTV9t8S3Jn/gUkioXTRFhy/PqSPyfeK8rz
        -----END PRIVATE KEY-----
        """
    /// The key of ``certificate`` behind a password.
    static let lockedKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAicBDHR5nv42gICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEH+tfvVgAOxXSzHqvdeCgHMEgZDG
        PbUDXpQXyBe+H8Nwop8ofuS+TpdYX2jqQvciFwCn6yU8ti4HvQl+2YvZyL2ORTBp
        ikf8F3SwKQ8zE5qUZiP5XgXV1r1ZXpaWOW353UvMm444sTAMw++F/LfZeWT9Chh8
        ShvHCJOzUM4F6SzB9B6QFdzcXtE0ZRj0jlia7ntVvZBB9yxUBOF4kFoir1k5el8=
        -----END ENCRYPTED PRIVATE KEY-----
        """
    /// RSA of 1024 bits.
    static let weakCertificate = """
        -----BEGIN CERTIFICATE-----
        MIIB9jCCAV+gAwIBAgIUbOpz47T1zpdonbTmIJPQvV5+fgwwDQYJKoZIhvcNAQEL
        BQAwDDEKMAgGA1UEAwwBdzAgFw0yNjExMjExNjIwNDNaGA8yMTI2MTAyODE2MjA0
        M1owDDEKMAgGA1UEAwwBdzCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA5eGj
        dRuGm/WtJddKfPU1fliMS9Ae2NV0Zi6e+s3oSVmAFHheOFSat1Hu6WNrQaNvB+F5
        fNKH4RF5Fd1tU8ivD+8szEynF3CPS8/e3hO0cjaFxVKAZK5ZZlV9jgzjN9B7eN6s
        X1gTrsa6R19Ws/uKXJvgYiRE9vevgqGz2O8QPOcCAwEAAaNTMFEwHQYDVR0OBBYE
        FLX24BYc0+RpzYn/4aTeAa4VSJRtMB8GA1UdIwQYMBaAFLX24BYc0+RpzYn/4aTe
        Aa4VSJRtMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEAwHHrSUdC
        2bfvOQs7oskkEO7Msl/968abmge0/guegsxHwVCPbjsyt1RcTcb3LGeFGWUA50z6
        J0IXgManmyOqr98ypujsW6uKPUXdEBNKAESKbZR2qf6U+Ij1lGAwSEr+aMXn8TAl
        smcJGJb3vSLqcZ9xgPjnzkVY1CgYm2fL6oU=
        -----END CERTIFICATE-----
        """
    /// The key of ``weakCertificate``.
    static let weakKey = """
        -----BEGIN PRIVATE KEY-----
        MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAOXho3Ubhpv1rSXX
        Snz1NX5YjEvQHtjVdGYunvrN6ElZgBR4XjhUmrdR7ulja0GjbwfheXzSh+EReRXd
        bVPIrw/vLMxMpxdwj0vP3t4TtHI2hcVSgGSuWWZVfY4M4zfQe3jerF9YE67Gukdf
        VrP7ilyb4GIkRPb3r4Khs9jvEDznAgMBAAECgYEA0osuontrdjw1MYtVdc1ACVAg
        bu9W0VHvIgdhJGSic0u9uwHjicQzT+OC5c9g1OVTM+yW0HQib0kJlbUQBMSxUDJc
        jIUyUVjv/A88WH9dEnAnOLsPrsOh//mE0FH4pRd2P5nQCQMlhM+rk2rhjgSx3Pfz
        jNkKPWNXKaJRPc1n3IECQQD1/a8DQUhh8VLVW9+fY0gonnr6GdBPOJf3vmYFu/iv
        EKZi+TTsPk7eCSxj94unw5W26Y7+inbgGHjh5n0ggGoJAkEA7zwnI82BN1mtglcm
        u+BbXnyyXdLvl+8lhuijV3eIwqcU4T3ZpXfI1sb/P8tqWzcOxt5Ob7Qx5nAwTFQy
        +KzrbwJADiDH0HQLaDSoAUEJkuns1whjH8IjyKkDcWMqEOI+4i8en0iY1YiuluoH
        9qXdC4GcM6kuYUgqk6xUJQVL4nX9oQJBAK3WogJMJGcaDRC3T3gZ8YrZRasTyfI3
        XqeHiJnYTFJVosCBdxPb1N7svzGWGHSrr1sm0wwsfk4am537WQaGcJUCQHVfeGGX
        4tJU9K0obH0nO8AQ8ezlhl34OzEp+H/tsA8G+oUl4SQNxpAZgQCFooo6HAB7dFNN
        0XeyMfAJOKzRa9g=
        -----END PRIVATE KEY-----
        """
}
