using System.Net;
using Qwen2Audio.Hub.Cache;
using Qwen2Audio.Hub.Remote;

namespace Qwen2Audio.Hub.Tests;

/// <summary>A fake endpoint with a small model, a cache folder, and downloads from the one into the other.</summary>
internal sealed class TestHub : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    static TestHub() => HttpClient.DefaultProxy = new WebProxy(); // whatever the machine's proxy is, the endpoint is local

    public TestHub()
    {
        var random = new Random(1);
        byte[] Bytes(int length)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }

        Server = new FakeHub(new Dictionary<string, byte[]>
        {
            ["config.json"] = "{}"u8.ToArray(),
            ["model.safetensors"] = Bytes(3_000_000),
            ["tokenizer/vocab.json"] = Bytes(5000),
            ["pytorch_model.bin"] = Bytes(100),
            ["training_args.pth"] = Bytes(10),
            ["README.md"] = Bytes(10),
        });
        Cache = new HubCache(Path.Combine(_folder, "hub"));
    }

    public FakeHub Server { get; }

    public HubCache Cache { get; }

    public string? Token { get; set; }

    public List<DownloadEvent> Events { get; } = [];

    public DownloadOptions Options { get; set; } = new() { FirstDelay = TimeSpan.FromMilliseconds(5), Attempts = 3, ReadTimeout = TimeSpan.FromMinutes(10) };

    public string RepositoryFolder => Path.Combine(Cache.Location, "models--some-org--Some-Model");

    public string Snapshot => Path.Combine(RepositoryFolder, "snapshots", FakeHub.Commit);

    public byte[] Model => Server.Files["model.safetensors"];

    public string Blob(string path) => Path.Combine(RepositoryFolder, "blobs",
        Server.IsLarge(path) ? FakeHub.Sha256(Server.Files[path]) : FakeHub.GitSha1(Server.Files[path]));

    public string Incomplete(string path) => Blob(path) + ".incomplete";

    public Task<DownloadResult> Download(string? name = null, Action<DownloadEvent>? report = null, CancellationToken cancellation = default) =>
        new ModelDownload(RepositoryName.Parse(name ?? FakeHub.Repository), Cache, new HubEndpoint(Server.Address, Token), Options, happened =>
        {
            lock (Events) Events.Add(happened);
            report?.Invoke(happened);
        }).RunAsync(cancellation);

    public async Task<HubException> Fails(HubFault fault, string? name = null)
    {
        var error = await Assert.ThrowsAsync<HubException>(() => Download(name));
        Assert.Equal(fault, error.Fault);
        if (Token is not null) Assert.DoesNotContain(Token, error.ToString(), StringComparison.Ordinal);
        return error;
    }

    public void AssertComplete(params string[] paths)
    {
        foreach (var path in paths) Assert.Equal(Server.Files[path], File.ReadAllBytes(Path.Combine(Snapshot, path)));
        Assert.Equal(paths.Order(StringComparer.Ordinal), Directory.EnumerateFiles(Snapshot, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Snapshot, file)).Order(StringComparer.Ordinal));
    }

    /// <summary>No link and no reference: the cache does not claim to have the revision.</summary>
    public void AssertUnknown()
    {
        Assert.False(Directory.Exists(Snapshot));
        Assert.Null(Cache.Find(RepositoryName.Parse(FakeHub.Repository)));
    }

    public void Dispose()
    {
        Server.Dispose();
        _folder.Dispose();
    }
}
