using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Cli.Tests;

/// <summary>continue: audio or tokens in, both and what follows out.</summary>
public sealed class ContinueCommandTests : IDisposable
{
    private readonly TinySpeaker _speaker = new();
    private readonly TemporaryFolder _folder = new();

    public ContinueCommandTests() =>
        Waves.Write(_folder["clip.wav"], [.. Enumerable.Range(0, 16_000).Select(i => 0.3f * MathF.Sin(0.1f * i))]);

    [Fact]
    public void Audio_and_tokens_give_the_same()
    {
        var run = Of(_folder["clip.wav"], _folder["longer.wav"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(1.5, AudioFile.Read(_folder["longer.wav"]).Seconds, 1e-3);
        Assert.EndsWith("1.50 s, of which the last 0.50 s are new\n", run.Output);

        var tokens = Of(_folder["clip.wav"], _folder["longer.tokens"], "--json");
        Assert.True(tokens.ExitCode == 0, tokens.Error);
        Assert.Equal(2, JsonDocument.Parse(tokens.Output).RootElement.GetProperty("codebooks").GetInt32());
        using var tokenizer = AudioTokenizer.Load(Path.Combine(_speaker.Folder, "codec"));
        tokenizer.Save(tokenizer.Encode(_folder["clip.wav"]), _folder["clip.tokens"]);
        Assert.Equal(0, Of(_folder["clip.tokens"], _folder["again.tokens"]).ExitCode);
        Assert.Equal(tokenizer.LoadTokens(_folder["longer.tokens"]).Codes, tokenizer.LoadTokens(_folder["again.tokens"]).Codes);
    }

    [Fact]
    public void Other_files_and_models_are_refused()
    {
        _folder.Write("thesis.wav", "mine");
        Assert.Contains("is not a WAV file", Of(_folder["clip.wav"], _folder["thesis.wav"]).Error);
        Assert.Equal("mine", File.ReadAllText(_folder["thesis.wav"]));
        var before = File.ReadAllBytes(_folder["clip.wav"]);
        File.CreateSymbolicLink(_folder["link.wav"], _folder["clip.wav"]);
        foreach (var (from, to) in new[] { ("clip.wav", "clip.wav"), ("link.wav", "clip.wav"), ("clip.wav", "link.wav") })
        {
            var run = Of(_folder[from], _folder[to]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains($"{_folder[from]} would be replaced by the output", run.Error, StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(_folder["clip.wav"]));
        Assert.Contains("ann, bea", Of(_folder["clip.wav"], _folder["a.wav"], "--voice", "cat").Error);
        Assert.False(File.Exists(_folder["a.wav"]));
    }

    [Fact]
    public void Audio_that_cannot_be_gone_on_from_is_bad_input_that_is_named()
    {
        Waves.Write(_folder["empty.wav"], []);
        using (var file = File.Create(_folder["huge.wav"])) WavWriter.Write(file, [1e38f, -1e38f], 16_000, encoding: WavEncoding.Float32);
        using var tokenizer = AudioTokenizer.Load(Path.Combine(_speaker.Folder, "codec"));
        tokenizer.Save(tokenizer.Encode(_folder["clip.wav"], new AudioEncodingOptions { Codebooks = 1 }), _folder["one.tokens"]);
        foreach (var (from, says) in new[] { ("empty.wav", "no frame to go on from"), ("huge.wav", "sample 0 of channel 0: found 1E+38; allowed: finite numbers up to 1E+15 in magnitude"), ("one.tokens", "1 codebook") })
        {
            var run = Of(_folder[from], _folder["out.wav"]);
            Assert.Equal(3, run.ExitCode);
            Assert.Contains(_folder[from] + ": ", run.Error, StringComparison.Ordinal);
            Assert.Contains(says, run.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(_folder["out.wav"]));
        }
    }

    public void Dispose()
    {
        _speaker.Dispose();
        _folder.Dispose();
    }

    private ProgramRun Of(string from, string to, params string[] more) => ProgramRun.Of(["continue", from, to, "--seconds", "0.5", "--model", _speaker.Folder, "--threads", "1", .. more]);
}
