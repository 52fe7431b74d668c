using Qwen2Audio.Hub.Remote;

namespace Qwen2Audio.Hub.Tests;

/// <summary>What is rejected, and that nothing of it remains as if it were valid.</summary>
public sealed class ModelDownloadRefusalTests : IDisposable
{
    private readonly TestHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    public async Task A_wrong_checksum_is_refused_and_nothing_is_left(string path)
    {
        var listing = _hub.Server.Listing();
        _hub.Server.Answer = request => request.Target.StartsWith("/api/", StringComparison.Ordinal) ? FakeHub.Json(listing) : null;
        var blob = _hub.Blob(path);
        _hub.Server.Files[path] = [.. _hub.Server.Files[path]];
        _hub.Server.Files[path][1] ^= 1;
        var error = await _hub.Fails(HubFault.Checksum);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(blob));
        Assert.False(File.Exists(blob + ".incomplete"));
        _hub.AssertUnknown();
    }

    [Theory]
    [InlineData("../../x.json")]
    [InlineData("/etc/x.json")]
    [InlineData("a/../../../x.json")]
    [InlineData("a//x.json")]
    [InlineData("./x.json")]
    [InlineData("a\\..\\x.json")]
    [InlineData("C:x.json")]
    [InlineData("x\u0000.json")]
    [InlineData("x\n.json")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("config.json/x.json")] // config.json is a file
    [InlineData("x.bin/../../y.bin")] // would not be chosen
    public async Task Names_that_lead_elsewhere_are_refused_before_anything_is_written(string name)
    {
        _hub.Server.Files[name] = [1];
        await _hub.Fails(HubFault.InvalidResponse);
        Assert.False(Directory.Exists(_hub.Cache.Location));
        Assert.Single(_hub.Server.Requests);
    }

    [Theory]
    [InlineData("{\"siblings\":[]}", "has no string in its field sha")]
    [InlineData("{\"sha\":\"../../x\",\"siblings\":[]}", "has no commit in its field sha")]
    [InlineData("{\"sha\":5,\"siblings\":[]}", "has no string in its field sha")]
    [InlineData("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\"}", "has no list of files in its field siblings")]
    [InlineData("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[{\"name\":\"x\"}]}", "has no string in its field siblings[0].rfilename")]
    [InlineData("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[{\"rfilename\":\"x.json\",\"size\":-1}]}", "gives x.json a size")]
    [InlineData("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[{\"rfilename\":\"x.json\",\"size\":1.5}]}", "gives x.json a size")]
    [InlineData("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[{\"rfilename\":\"x.json\"},{\"rfilename\":\"x.json\"}]}", "x.json\" in some-org/Some-Model, twice")]
    [InlineData("{\"sha\":\"\\ud800\",\"siblings\":[]}", "an unpaired surrogate")]
    [InlineData("<html>", "invalid JSON: line 1, byte 1")]
    [InlineData("", "invalid JSON: line 1")]
    public async Task A_listing_of_another_form_is_refused(string json, string what)
    {
        _hub.Server.Answer = _ => new HubReply(200, System.Text.Encoding.UTF8.GetBytes(json));
        Assert.Contains(what, (await _hub.Fails(HubFault.InvalidResponse)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_hub.Cache.Location));
    }

    [Fact]
    public async Task A_listing_of_65_levels_is_refused()
    {
        _hub.Server.Answer = request => request.Target.StartsWith("/api/", StringComparison.Ordinal)
            ? new HubReply(200, System.Text.Encoding.UTF8.GetBytes(new string('[', 65) + new string(']', 65))) : null;
        Assert.Contains("depth of 64", (await _hub.Fails(HubFault.InvalidResponse)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_goes_to_the_endpoint_and_to_no_other_host()
    {
        _hub.Token = "hf_secret";
        _hub.Server.Storage = $"http://localhost:{_hub.Server.Port}"; // another name is another host
        await _hub.Download();
        foreach (var request in _hub.Server.Requests)
        {
            var isStorage = request.Target.StartsWith("/storage/", StringComparison.Ordinal);
            Assert.Equal(isStorage, request.Headers["host"].StartsWith("localhost", StringComparison.Ordinal));
            Assert.Equal(isStorage ? null : "Bearer hf_secret", request.Headers.GetValueOrDefault("authorization"));
        }

        Assert.Contains(_hub.Server.Requests, request => request.Target.StartsWith("/storage/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_redirection_within_the_endpoint_keeps_the_token()
    {
        _hub.Token = "hf_secret";
        _hub.Server.Answer = request => request.Target.StartsWith("/api/models/old/name", StringComparison.Ordinal)
            ? new HubReply(307, [], ("Location", $"/api/models/{FakeHub.Repository}/revision/main")) : null;
        await new ModelDownload(RepositoryName.Parse("old/name"), _hub.Cache, new HubEndpoint(_hub.Server.Address, _hub.Token), _hub.Options with { Include = ["none", "*.json"] })
            .RunAsync().ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.All(_hub.Server.Requests.Take(2), request => Assert.Equal("Bearer hf_secret", request.Headers["authorization"]));
    }

    [Theory]
    [InlineData("ftp://x/y")]
    [InlineData("file:///etc/passwd")]
    public async Task Redirections_to_something_else_than_http_are_refused(string location)
    {
        _hub.Server.Answer = request => request.Target.StartsWith("/storage/", StringComparison.Ordinal) ? new HubReply(302, [], ("Location", location)) : null;
        await _hub.Fails(HubFault.InvalidResponse);
    }

    [Fact]
    public async Task Circles_of_redirections_end()
    {
        _hub.Server.Answer = request => new HubReply(302, [], ("Location", request.Target));
        Assert.Contains("redirects", (await _hub.Fails(HubFault.InvalidResponse)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "GatedRepo", null, HubFault.Access, "Accept its terms")]
    [InlineData(403, "GatedRepo", "hf_secret", HubFault.Access, "Accept its terms")]
    [InlineData(401, null, null, HubFault.Access, "HF_TOKEN")]
    [InlineData(401, null, "hf_secret", HubFault.Access, "does not accept the access token")]
    [InlineData(403, null, "hf_secret", HubFault.Access, "with this token")]
    [InlineData(401, "RepoNotFound", null, HubFault.NotFound, "has no model some-org/Some-Model")]
    [InlineData(404, null, null, HubFault.NotFound, "has no model some-org/Some-Model")]
    [InlineData(404, "RevisionNotFound", null, HubFault.NotFound, "no revision \"main\"")]
    [InlineData(418, null, null, HubFault.InvalidResponse, "418")]
    public async Task Answers_that_are_final_say_what_helps(int status, string? code, string? token, HubFault fault, string text)
    {
        _hub.Token = token;
        _hub.Server.Answer = _ => new HubReply(status, [], code is null ? [] : [("X-Error-Code", code)]);
        var error = await _hub.Fails(fault);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.Single(_hub.Server.Requests);
    }

    [Fact]
    public async Task A_gated_model_lists_its_files_and_refuses_them()
    {
        _hub.Server.Answer = request => request.Target.Contains("/resolve/", StringComparison.Ordinal) ? new HubReply(401, [], ("X-Error-Code", "GatedRepo")) : null;
        Assert.Contains("is gated", (await _hub.Fails(HubFault.Access)).Message, StringComparison.Ordinal);
        _hub.AssertUnknown();
    }

    [Fact]
    public async Task An_unknown_repository_and_an_unknown_revision_are_named()
    {
        Assert.Contains("nobody/nothing", (await _hub.Fails(HubFault.NotFound, "nobody/nothing")).Message, StringComparison.Ordinal);
        Assert.Contains("\"v9\"", (await _hub.Fails(HubFault.NotFound, FakeHub.Repository + "@v9")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_refused_before_anything_is_received()
    {
        _hub.Options = _hub.Options with { FreeSpace = _ => 3_005_001 };
        var error = await _hub.Fails(HubFault.DiskSpace);
        Assert.Contains("2.9 MiB", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_hub.Server.Requests, request => request.Target.Contains("/resolve/", StringComparison.Ordinal));
        _hub.AssertUnknown();
        File.WriteAllBytes(_hub.Incomplete("model.safetensors"), _hub.Model[..1]); // what is there counts
        await _hub.Download();
    }

    [Fact]
    public async Task A_file_of_another_length_is_refused()
    {
        _hub.Server.Answer = request => request.Target.StartsWith("/storage/", StringComparison.Ordinal) ? new HubReply(200, new byte[3_000_001]) : null;
        Assert.Contains("3000001 bytes instead of 3000000", (await _hub.Fails(HubFault.InvalidResponse)).Message, StringComparison.Ordinal);
        _hub.AssertUnknown();
    }

    [Fact]
    public async Task A_file_of_another_commit_is_refused()
    {
        _hub.Server.Answer = request => request.Target.EndsWith("config.json", StringComparison.Ordinal)
            ? new HubReply(200, "{}"u8.ToArray(), ("X-Repo-Commit", new string('a', 40))) : null;
        Assert.Contains("a different commit", (await _hub.Fails(HubFault.InvalidResponse)).Message, StringComparison.Ordinal);
        _hub.AssertUnknown();
    }

    [Fact]
    public async Task A_selection_that_takes_nothing_is_refused_with_what_there_is()
    {
        _hub.Options = _hub.Options with { Include = ["*.gguf"] };
        Assert.Contains("README.md", (await _hub.Fails(HubFault.NotFound)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_that_is_not_there_is_given_up_after_the_attempts()
    {
        _hub.Server.Dispose();
        Assert.Contains("3 attempts", (await _hub.Fails(HubFault.Network)).Message, StringComparison.Ordinal);
    }
}
