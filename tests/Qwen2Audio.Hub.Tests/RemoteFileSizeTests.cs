namespace Qwen2Audio.Hub.Tests;

/// <summary>Declared and undeclared sizes: nothing is received beyond what options and disk allow, and every failure is a <see cref="HubException"/>.</summary>
public sealed class RemoteFileSizeTests : IDisposable
{
    private const string Listing = "{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[";
    private readonly TestHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData("{\"rfilename\":\"x.json\",\"size\":9223372036854775807},{\"rfilename\":\"y.json\",\"size\":9223372036854775807}")]
    [InlineData("{\"rfilename\":\"x.json\",\"size\":9223372036854775808}")]
    [InlineData("{\"rfilename\":\"x.json\",\"size\":1e30}")]
    [InlineData("{\"rfilename\":\"x.json\",\"size\":\"5\"}")]
    [InlineData("{\"rfilename\":\"x.json\",\"size\":[5]}")]
    [InlineData("{\"rfilename\":\"x.json\",\"lfs\":{\"size\":-5}}")]
    [InlineData("{\"rfilename\":\"x.json\",\"lfs\":{\"size\":{}}}")]
    [InlineData("{\"rfilename\":\"x.json\",\"blobId\":5}")]
    [InlineData("{\"rfilename\":\"\\ud800.json\"}")]
    [InlineData("5")]
    [InlineData("null")]
    public async Task A_listing_that_cannot_be_right_is_refused(string siblings)
    {
        _hub.Server.Answer = request => request.Target.StartsWith("/api/", StringComparison.Ordinal) ? Listed(siblings)
            : new HubReply(200, "{}"u8.ToArray(), ("ETag", "\"abc\""));
        await _hub.Fails(HubFault.InvalidResponse);
        Assert.DoesNotContain(_hub.Server.Requests, request => request.Method == "GET" && request.Target.Contains("/resolve/", StringComparison.Ordinal));
        _hub.AssertUnknown();
    }

    [Theory]
    [InlineData("X-Linked-Size", "-5")]
    [InlineData("X-Linked-Size", "many")]
    [InlineData("X-Linked-Size", "99999999999999999999")]
    [InlineData("Content-Encoding", "gzip")]
    public async Task A_header_that_cannot_be_right_is_refused(string name, string value)
    {
        Undeclared("{}"u8.ToArray(), (name, value));
        Assert.Contains(name, (await _hub.Fails(HubFault.InvalidResponse)).Message, StringComparison.Ordinal);
        _hub.AssertUnknown();
    }

    [Theory]
    [InlineData(200)]
    [InlineData(1001)]
    public async Task Names_that_no_file_system_takes_are_refused(int letters)
    {
        var path = new string('n', letters) + ".json";
        _hub.Server.Answer = request => request.Target.StartsWith("/api/", StringComparison.Ordinal) ? Listed($"{{\"rfilename\":\"{path}\"}}") : null;
        await _hub.Fails(HubFault.InvalidResponse);
        _hub.AssertUnknown();
    }

    [Fact]
    public async Task More_bytes_than_are_allowed_without_a_size_are_refused_and_not_kept()
    {
        _hub.Options = _hub.Options with { MaxUndeclaredBytes = 1000 };
        Undeclared(new byte[1001]);
        Assert.Contains("1000 bytes", (await _hub.Fails(HubFault.InvalidResponse)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.RepositoryFolder, "blobs")));
        _hub.AssertUnknown();
    }

    [Fact]
    public async Task A_file_without_a_size_does_not_fill_the_disk()
    {
        _hub.Options = _hub.Options with { FreeSpace = _ => 1 << 20 };
        Undeclared(new byte[5000]);
        Assert.Contains("no size", (await _hub.Fails(HubFault.DiskSpace)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.RepositoryFolder, "blobs")));
    }

    [Fact]
    public async Task Files_without_checksums_that_share_a_tag_stay_apart()
    {
        _hub.Server.Answer = request => request.Target.StartsWith("/api/", StringComparison.Ordinal) ? Listed("{\"rfilename\":\"x.json\"},{\"rfilename\":\"y.json\"}")
            : new HubReply(200, System.Text.Encoding.ASCII.GetBytes(request.Target[^6..]), ("ETag", "\"same\""));
        await _hub.Download();
        foreach (var name in new[] { "x.json", "y.json" }) Assert.Equal(name, File.ReadAllText(Path.Combine(_hub.Cache.Find(RepositoryName.Parse(FakeHub.Repository))!, name)));
    }

    [Fact]
    public async Task What_other_downloads_left_is_named()
    {
        Directory.CreateDirectory(Path.Combine(_hub.RepositoryFolder, "blobs"));
        var left = Path.Combine(_hub.RepositoryFolder, "blobs", "0123.incomplete");
        File.WriteAllBytes(left, new byte[7]);
        File.WriteAllBytes(_hub.Incomplete("model.safetensors"), _hub.Model[..9]); // of this one
        await _hub.Download();
        var told = Assert.Single(_hub.Events.OfType<DownloadLeftovers>());
        Assert.Equal((left, 7L), (Assert.Single(told.Files), told.Bytes));
    }

    private static HubReply Listed(string siblings) => new(200, System.Text.Encoding.UTF8.GetBytes($"{Listing}{siblings}]}}"));

    // a file that neither the listing nor its own answer gives a size of
    private void Undeclared(byte[] body, params (string, string)[] headers) => _hub.Server.Answer = request =>
        request.Target.StartsWith("/api/", StringComparison.Ordinal) ? Listed("{\"rfilename\":\"x.json\"}")
        : new HubReply(200, body, [("ETag", "\"abc\""), .. headers]) { Undeclared = true };
}
