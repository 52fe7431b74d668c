namespace Qwen2Audio.Hub.Tests;

/// <summary>Successful downloads.</summary>
public sealed class ModelDownloadTests : IDisposable
{
    private static readonly string[] Usual = ["config.json", "model.safetensors", "tokenizer/vocab.json"];
    private readonly TestHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task A_model_is_written_in_the_standard_layout()
    {
        var result = await _hub.Download();
        _hub.AssertComplete(Usual);
        Assert.Equal(_hub.Snapshot, result.Folder);
        Assert.Equal((FakeHub.Commit, 3, 3_005_002L, 3_005_002L), (result.Commit, result.Files, result.Bytes, result.Received));
        Assert.Equal(["README.md", "pytorch_model.bin", "training_args.pth"], result.Skipped);
        Assert.Empty(result.Unchecked);
        Assert.Equal(FakeHub.Commit, File.ReadAllText(Path.Combine(_hub.RepositoryFolder, "refs", "main")));
        Assert.Equal(Usual.Select(_hub.Blob).Order(StringComparer.Ordinal), Directory.GetFiles(Path.Combine(_hub.RepositoryFolder, "blobs")).Order(StringComparer.Ordinal));
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal($"../../blobs/{FakeHub.Sha256(_hub.Model)}", new FileInfo(Path.Combine(_hub.Snapshot, "model.safetensors")).LinkTarget);
        Assert.Equal("../../../blobs/", new FileInfo(Path.Combine(_hub.Snapshot, "tokenizer/vocab.json")).LinkTarget![..15]);
    }

    [Fact]
    public async Task What_is_there_is_not_downloaded_again()
    {
        await _hub.Download();
        var before = _hub.Server.Requests.Count;
        var result = await _hub.Download(FakeHub.Repository + "@" + FakeHub.Commit);
        Assert.Equal(0, result.Received);
        Assert.Equal(before + 1, _hub.Server.Requests.Count);
        Assert.All(_hub.Events.OfType<DownloadFinished>().Skip(3), finished => Assert.True(finished.WasPresent));
        Assert.False(File.Exists(Path.Combine(_hub.RepositoryFolder, "refs", FakeHub.Commit)));
    }

    [Fact]
    public async Task Patterns_choose_files()
    {
        _hub.Options = _hub.Options with { Include = ["*.json", "pytorch_*"], Exclude = ["tokenizer/*"] };
        var result = await _hub.Download();
        _hub.AssertComplete("config.json", "pytorch_model.bin");
        Assert.Contains("model.safetensors", result.Skipped);
    }

    [Fact]
    public async Task Without_links_the_files_themselves_lie_in_the_snapshot()
    {
        _hub.Server.Files["copy.json"] = _hub.Server.Files["config.json"];
        _hub.Options = _hub.Options with { Links = false };
        await _hub.Download();
        _hub.AssertComplete([.. Usual, "copy.json"]);
        Assert.All(Directory.GetFiles(_hub.Snapshot), file => Assert.Null(new FileInfo(file).LinkTarget));
        Assert.Empty(Directory.GetFiles(Path.Combine(_hub.RepositoryFolder, "blobs")));
        Assert.Equal(0, (await _hub.Download()).Received);
        _hub.AssertComplete([.. Usual, "copy.json"]);
    }

    [Fact]
    public async Task One_content_under_two_names_is_received_once()
    {
        _hub.Server.Files["second.safetensors"] = _hub.Model;
        Assert.Equal(3_005_002L, (await _hub.Download()).Received);
        _hub.AssertComplete([.. Usual, "second.safetensors"]);
    }

    [Fact]
    public async Task A_listing_without_checksums_is_completed_by_asking_for_each_file()
    {
        _hub.Server.ListsBlobs = false;
        var result = await _hub.Download();
        _hub.AssertComplete(Usual);
        Assert.Empty(result.Unchecked);
        Assert.Equal(3, _hub.Server.Requests.Count(request => request.Method == "HEAD" && !request.Target.StartsWith("/storage", StringComparison.Ordinal)));
        Assert.True(File.Exists(_hub.Blob("model.safetensors")));
    }

    [Fact]
    public async Task An_etag_that_is_no_checksum_names_the_content_and_the_result_says_that_it_is_not_checked()
    {
        _hub.Server.ListsBlobs = false;
        _hub.Server.Answer = request => request.Target.EndsWith("/config.json", StringComparison.Ordinal)
            ? new HubReply(200, "{}"u8.ToArray(), ("ETag", "W/\"v1-2\"")) : null;
        var result = await _hub.Download();
        Assert.Equal(["config.json"], result.Unchecked);
        Assert.True(File.Exists(Path.Combine(_hub.RepositoryFolder, "blobs", "v1-2")));
    }

    [Fact]
    public async Task Empty_files_and_names_with_spaces_and_signs_arrive()
    {
        _hub.Server.Files["a b+c%20é.json"] = [];
        _hub.Server.Files["added_tokens.json"] = [1];
        await _hub.Download();
        _hub.AssertComplete([.. Usual, "a b+c%20é.json", "added_tokens.json"]);
    }

    [Fact]
    public async Task Another_download_of_the_same_repository_is_waited_for()
    {
        var lockFile = _hub.Cache.LockFile(RepositoryName.Parse(FakeHub.Repository));
        Directory.CreateDirectory(Path.GetDirectoryName(lockFile)!);
        var waits = new TaskCompletionSource();
        Task<DownloadResult> download;
        using (new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            download = _hub.Download(report: happened =>
            {
                if (happened is DownloadWaiting) waits.TrySetResult();
            });
            await waits.Task.WaitAsync(TestContext.Current.CancellationToken);
            Assert.DoesNotContain(_hub.Server.Requests, request => request.Target.Contains("/resolve/", StringComparison.Ordinal));
        }

        await download;
        _hub.AssertComplete(Usual);
    }

    [Fact]
    public async Task Events_tell_the_plan_the_progress_and_the_end()
    {
        await _hub.Download();
        var plan = Assert.IsType<DownloadPlanned>(_hub.Events[0]);
        Assert.Equal((3, 3_005_002L, 3_005_002L), (plan.Files, plan.Bytes, plan.Missing));
        Assert.Equal(3, _hub.Events.OfType<DownloadFinished>().Count(finished => finished is { Checked: true, WasPresent: false }));
        Assert.Equal(3_000_000, _hub.Events.OfType<DownloadProgress>().Last(progress => progress.File == "model.safetensors").Bytes);
    }
}
