using System.Diagnostics;

namespace Qwen2Audio.Cli.Tests;

/// <summary>The command download against an endpoint on this machine, and models by name afterwards.</summary>
public sealed class DownloadCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeHub _hub;

    public DownloadCommandTests()
    {
        var model = Path.Combine(Fixtures.Repository, "tests", "fixtures", "qwen2-dense-f16");
        _hub = new FakeHub(new[] { "config.json", "generation_config.json", "model.safetensors" }
            .ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(model, name)), StringComparer.Ordinal));
        _hub.Files["pytorch_model.bin"] = [1];
    }

    private Dictionary<string, string?> Variables => new(StringComparer.Ordinal)
    {
        ["HF_ENDPOINT"] = _hub.Address,
        ["HF_HOME"] = _folder,
        ["HF_HUB_CACHE"] = null,
        ["HF_TOKEN"] = "hf_secret",
        ["NO_PROXY"] = "127.0.0.1",
    };

    private string Snapshot => Path.Combine(_folder, "hub", "models--some-org--Some-Model", "snapshots", FakeHub.Commit);

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_downloaded_model_is_found_by_its_name()
    {
        var missing = Run("info", FakeHub.Repository);
        Assert.Equal(3, missing.ExitCode);
        Assert.Contains("qwen2audio download " + FakeHub.Repository, missing.Error, StringComparison.Ordinal);

        var run = Run("download", FakeHub.Repository);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(Snapshot, run.Output.Trim());
        Assert.Contains("left out: pytorch_model.bin", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", run.Output + run.Error, StringComparison.Ordinal);

        var info = Run("info", FakeHub.Repository, "--json");
        Assert.True(info.ExitCode == 0, info.Error);
        using var facts = JsonDocument.Parse(info.Output);
        Assert.Equal(Snapshot, facts.RootElement.GetProperty("folder").GetString());
    }

    [Fact]
    public void With_json_each_line_is_an_object_and_the_last_names_the_folder()
    {
        var run = Run("download", FakeHub.Repository, "--revision", FakeHub.Commit, "--json", "--exclude", "generation*", "--cache", Path.Combine(_folder, "other"));
        Assert.True(run.ExitCode == 0, run.Error);
        var events = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal("plan", events[0].GetProperty("event").GetString());
        Assert.Equal(2, events[0].GetProperty("files").GetInt32());
        Assert.Equal(2, events.Count(e => e.GetProperty("event").GetString() == "file" && e.GetProperty("checked").GetBoolean()));
        Assert.Equal("done", events[^1].GetProperty("event").GetString());
        Assert.StartsWith(Path.Combine(_folder, "other"), events[^1].GetProperty("folder").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "not a repository name", "no-name")]
    [InlineData(2, "names a revision", "a/b@c", "--revision", "d")]
    [InlineData(3, "has no model nobody/nothing", "nobody/nothing")]
    [InlineData(3, "no revision \"v9\"", FakeHub.Repository + "@v9")]
    [InlineData(3, "has no file in the selection", FakeHub.Repository, "--include", "*.gguf")]
    public void Failures_have_their_exit_codes(int code, string text, params string[] arguments)
    {
        var run = Run(["download", .. arguments]);
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(text, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gated_model_is_a_matter_of_access_and_the_token_is_not_shown()
    {
        _hub.Answer = _ => new HubReply(403, [], ("X-Error-Code", "GatedRepo"));
        var run = Run("download", FakeHub.Repository);
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("Accept its terms", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_leaves_what_has_arrived_for_the_next_run()
    {
        Assert.SkipWhen(Signals.CannotSend("INT") is not null, Signals.CannotSend("INT") ?? "");
        _hub.Answer = request => request.Target.StartsWith("/storage/", StringComparison.Ordinal) && request.From == 0
            ? _hub.Usual(request) with { StallAfter = 100_000 } : null;
        using (var process = ProgramRun.Start(Variables, "download", FakeHub.Repository, "--json"))
        {
            var error = process.StandardError.ReadToEndAsync();
            for (var line = ""; line is not null && !line.Contains("\"progress\",\"file\":\"model.safetensors\"", StringComparison.Ordinal);)
                line = await process.StandardOutput.ReadLineAsync();
            using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("interrupted", await error, StringComparison.Ordinal);
        }

        // the other files arrive at the same time: on a busy machine they may not be whole yet either
        var model = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(_hub.Files["model.safetensors"]));
        var left = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "hub"), $"{model}.incomplete", SearchOption.AllDirectories));
        var length = new FileInfo(left).Length;
        Assert.InRange(length, 1, 100_000);
        Assert.False(Directory.Exists(Snapshot));
        var run = Run("download", FakeHub.Repository);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains(_hub.Requests, request => request.From == length);
        Assert.Equal(_hub.Files["model.safetensors"], File.ReadAllBytes(Path.Combine(Snapshot, "model.safetensors")));
    }

    [Fact]
    public void Without_libsndfile_compressed_audio_is_a_matter_of_the_environment()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the library's absence is made with LD_LIBRARY_PATH");
        foreach (var name in new[] { "libsndfile.so.1", "libsndfile.so" }) File.WriteAllText(Path.Combine(_folder, name), "no library");
        var file = Path.Combine(_folder, "x.ogg");
        File.WriteAllBytes(file, [.. "OggS"u8, 0, 2, .. new byte[60]]);
        var run = ProgramRun.With(new(StringComparer.Ordinal) { ["LD_LIBRARY_PATH"] = _folder }, "transcribe", file);
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("apt-get install libsndfile1", run.Error, StringComparison.Ordinal);
    }

    private ProgramRun Run(params string[] arguments) => ProgramRun.With(Variables, arguments);
}
