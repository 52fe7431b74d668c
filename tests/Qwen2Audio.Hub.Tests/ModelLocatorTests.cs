using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Hub.Cache;
using Qwen2Audio.Hub.Remote;

namespace Qwen2Audio.Hub.Tests;

/// <summary>Names, environment variables, and finding models in the cache.</summary>
public sealed class ModelLocatorTests : IDisposable
{
    private readonly TestHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Theory]
    [InlineData("Qwen/Qwen2-Audio-7B-Instruct", "Qwen/Qwen2-Audio-7B-Instruct", "main")]
    [InlineData("a/b@v1.0", "a/b", "v1.0")]
    [InlineData("a/b@refs/pr/1", "a/b", "refs/pr/1")]
    public void Names_are_read(string text, string name, string revision)
    {
        var parsed = RepositoryName.Parse(text);
        Assert.Equal((name, revision), (parsed.Name, parsed.Revision));
    }

    [Theory]
    [InlineData("")]
    [InlineData("name")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a/b@")]
    [InlineData("a/b@../x")]
    [InlineData("a/b@/x")]
    [InlineData("a/b@x//y")]
    [InlineData("a/b c")]
    [InlineData("a--b/c")]
    [InlineData("/a/b")]
    [InlineData("a/b?x")]
    [InlineData("-a/b")]
    public void Other_names_are_refused(string text)
    {
        Assert.False(RepositoryName.TryParse(text, out _));
        Assert.Equal(HubFault.Usage, Assert.Throws<HubException>(() => RepositoryName.Parse(text)).Fault);
    }

    [Fact]
    public void A_revision_is_given_once()
    {
        Assert.Equal("v1", RepositoryName.Parse("a/b", "v1").Revision);
        Assert.Throws<HubException>(() => RepositoryName.Parse("a/b@v2", "v1"));
        Assert.Throws<HubException>(() => RepositoryName.Parse("a/b", "../v1"));
    }

    [Fact]
    public void The_cache_and_the_token_are_where_the_variables_say()
    {
        var user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string Cache(params (string, string)[] set) => HubCache.FromEnvironment(Of(set)).Location;
        Assert.Equal(Path.Combine(user, ".cache/huggingface/hub"), Cache());
        Assert.Equal("/h/hub", Cache(("HF_HOME", "/h")));
        Assert.Equal("/c", Cache(("HF_HOME", "/h"), ("HF_HUB_CACHE", "/c")));
        Assert.Equal("/x/huggingface/hub", Cache(("XDG_CACHE_HOME", "/x")));
        Assert.Equal(Path.Combine(user, "m"), Cache(("HF_HUB_CACHE", "~/m")));

        Directory.CreateDirectory(_hub.Cache.Location);
        File.WriteAllText(Path.Combine(_hub.Cache.Location, "token"), "hf_file\n");
        Assert.Equal("hf_file", HubEndpoint.FromEnvironment(Of([("HF_HOME", _hub.Cache.Location)])).Token);
        var endpoint = HubEndpoint.FromEnvironment(Of([("HF_HOME", _hub.Cache.Location), ("HF_TOKEN", "hf_var"), ("HF_ENDPOINT", "http://mirror:8080/hf/")]));
        Assert.Equal(("hf_var", "http://mirror:8080/hf/"), (endpoint.Token, endpoint.Address.ToString()));
        Assert.Equal("http://mirror:8080/hf/a/b/resolve/c/d%20e/f.json", endpoint.FileUri(RepositoryName.Parse("a/b"), "c", "d e/f.json").AbsoluteUri);
        Assert.Equal("http://mirror:8080/hf/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true", endpoint.ListingUri(RepositoryName.Parse("a/b@refs/pr/1")).AbsoluteUri);
        Assert.Equal("https://huggingface.co/", HubEndpoint.FromEnvironment(Of([("HF_HOME", "/none")])).Address.ToString());
    }

    [Theory]
    [InlineData("http://x:1", "http://x:1/a", true)]
    [InlineData("http://x:1", "http://x:2/a", false)]
    [InlineData("https://x", "https://x:443/a", true)]
    [InlineData("https://x", "http://x/a", false)]
    [InlineData("https://x", "https://x.y/a", false)]
    [InlineData("https://x", "https://X/a", true)]
    public void The_token_belongs_to_scheme_host_and_port(string endpoint, string address, bool own) =>
        Assert.Equal(own, new HubEndpoint(endpoint).IsOrigin(new Uri(address)));

    [Theory]
    [InlineData("huggingface.co", null)]
    [InlineData("ftp://x", null)]
    [InlineData("https://user:word@x", null)]
    [InlineData("https://x?y", null)]
    [InlineData("https://x", "hf_a\nb")]
    [InlineData("https://x", "hf_é")]
    public void Endpoints_and_tokens_of_another_form_are_refused(string address, string? token)
    {
        var error = Assert.Throws<HubException>(() => new HubEndpoint(address, token));
        Assert.Equal(HubFault.Usage, error.Fault);
        if (token is not null) Assert.DoesNotContain("hf_", error.Message.Replace("HF_", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_downloaded_model_is_found_by_its_name_and_opened()
    {
        var made = Path.Combine(_hub.Cache.Location, "made");
        Directory.CreateDirectory(_hub.Cache.Location);
        SafetensorsWriter.Write(made, [NewTensor.Floats("a", [2], new float[] { 1, 2 })]);
        _hub.Server.Files["model.safetensors"] = File.ReadAllBytes(made);
        var missing = Assert.Throws<HubException>(() => ModelLocator.Find(FakeHub.Repository, _hub.Cache));
        Assert.Equal(HubFault.NotInCache, missing.Fault);
        Assert.Contains("qwen2audio download " + FakeHub.Repository, missing.Message, StringComparison.Ordinal);
        await _hub.Download();
        foreach (var name in new[] { FakeHub.Repository, FakeHub.Repository + "@main", FakeHub.Repository + "@" + FakeHub.Commit })
        {
            var folder = ModelLocator.Find(name, _hub.Cache);
            Assert.Equal(_hub.Snapshot, folder);
            using var checkpoint = CheckpointFolder.Open(folder); // row C6: through the cache's links
            Assert.Equal([1f, 2f], checkpoint.ReadFloats("a"));
        }

        Assert.Throws<HubException>(() => ModelLocator.Find(FakeHub.Repository + "@v2", _hub.Cache));
    }

    [Fact]
    public void A_folder_of_the_name_wins_and_other_names_are_left_alone()
    {
        var before = Directory.GetCurrentDirectory();
        var work = Directory.CreateDirectory(_hub.Cache.Location).FullName;
        Directory.CreateDirectory(Path.Combine(work, FakeHub.Repository));
        Directory.SetCurrentDirectory(work);
        try
        {
            Assert.Equal(FakeHub.Repository, ModelLocator.Find(FakeHub.Repository, _hub.Cache));
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }

        Assert.Equal("/no/such/folder", ModelLocator.Find("/no/such/folder", _hub.Cache));
        Assert.Equal("folder", ModelLocator.Find("folder", _hub.Cache));
    }

    [Theory]
    [InlineData("../../../../etc")]
    [InlineData("")]
    [InlineData("not a commit")]
    public void A_reference_that_holds_something_else_is_not_followed(string content)
    {
        Directory.CreateDirectory(Path.Combine(_hub.RepositoryFolder, "refs"));
        File.WriteAllText(Path.Combine(_hub.RepositoryFolder, "refs", "main"), content);
        Assert.Null(_hub.Cache.Find(RepositoryName.Parse(FakeHub.Repository)));
        var missing = Assert.Throws<HubException>(() => ModelLocator.Find(FakeHub.Repository, _hub.Cache));
        Assert.Contains("no downloaded model of that name", missing.Message, StringComparison.Ordinal);
        // where something was downloaded, the damage is named and a way round it
        var snapshot = Directory.CreateDirectory(Path.Combine(_hub.RepositoryFolder, "snapshots", FakeHub.Commit)).FullName;
        var damaged = Assert.Throws<HubException>(() => ModelLocator.Find(FakeHub.Repository, _hub.Cache));
        Assert.Contains(Path.Combine("refs", "main") + " does not contain a commit", damaged.Message, StringComparison.Ordinal);
        Assert.Contains(snapshot, damaged.Message, StringComparison.Ordinal);
    }

    private static Func<string, string?> Of((string Name, string Value)[] set) => name => set.FirstOrDefault(pair => pair.Name == name).Value;
}
