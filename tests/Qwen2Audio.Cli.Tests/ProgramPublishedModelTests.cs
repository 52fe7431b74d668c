using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Cli.Tests;

/// <summary>Commands on a small Qwen2-Audio folder in the published format.</summary>
public sealed class ProgramPublishedModelTests : IDisposable
{
    private static readonly string Seven = Path.Combine(Fixtures.Repository, "samples", "seven.wav");
    private readonly TinyChat _tiny = new();

    [Fact]
    public void Chat_draws_with_a_least_share_and_penalises_repetition()
    {
        string[] plain = ["chat", "--model", _tiny.Folder, "--prompt", "Count", "--max-tokens", "8", "--temperature", "0"];
        string[] drawn = ["chat", "--model", _tiny.Folder, "--prompt", "Count", "--max-tokens", "8", "--temperature", "5"];
        var greedy = ProgramRun.Of(plain);
        Assert.Equal(0, greedy.ExitCode);
        Assert.Equal(greedy.Output, ProgramRun.Of([.. drawn, "--min-p", "1"]).Output); // only the most probable token is left
        Assert.NotEqual(greedy.Output, ProgramRun.Of(drawn).Output);
        Assert.NotEqual(greedy.Output, ProgramRun.Of([.. plain, "--repetition-penalty", "0.05"]).Output);
        Assert.Equal(2, ProgramRun.Of([.. plain, "--min-p", "1.5"]).ExitCode);
        Assert.Equal(2, ProgramRun.Of([.. plain, "--repetition-penalty", "0"]).ExitCode);
    }

    [Fact]
    public void Chat_answers_one_prompt_about_a_clip_the_same_each_time()
    {
        string[] arguments = ["chat", "--model", _tiny.Folder, "--audio", Seven, "--prompt", "What is said?", "--max-tokens", "6", "--temperature", "0.8", "--seed", "5", "--json"];
        var (one, two) = (ProgramRun.Of(arguments), ProgramRun.Of(arguments));
        Assert.Equal(0, one.ExitCode);
        Assert.Equal(one.Output, two.Output);
        using var reply = JsonDocument.Parse(one.Output);
        Assert.Equal(6, reply.RootElement.GetProperty("new_tokens").GetInt32());
        Assert.True(reply.RootElement.GetProperty("prompt_tokens").GetInt32() > 40);
    }

    [Theory]
    [InlineData(3, "NotThere", "--prompt", "x")]
    [InlineData(2, "", "--json")]
    [InlineData(2, "", "--prompt", "x", "--top-p", "2")]
    [InlineData(3, "", "--prompt", "x", "--max-tokens", "5000")]
    public void Chat_says_what_is_wrong(int code, string folder, params string[] more)
    {
        var run = ProgramRun.Of(["chat", "--model", folder.Length > 0 ? Path.Combine(_tiny.Folder, folder) : _tiny.Folder, .. more]);
        Assert.Equal(code, run.ExitCode);
        Assert.DoesNotContain("text\":", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Transcribe_and_classify_take_the_folder()
    {
        var transcription = ProgramRun.Of("transcribe", Seven, "--model", _tiny.Folder, "--json");
        Assert.Equal(0, transcription.ExitCode);
        using var line = JsonDocument.Parse(transcription.Output);
        Assert.Equal("en", line.RootElement.GetProperty("language").GetString());
        var said = ProgramRun.Of("classify", Seven, "--model", _tiny.Folder, "--labels", "dog bark,rain,seven", "--json");
        using var labels = JsonDocument.Parse(said.Output);
        Assert.Equal(1, labels.RootElement.GetProperty("labels").EnumerateArray().Sum(label => label.GetProperty("probability").GetDouble()), 3);
        Assert.Equal(2, ProgramRun.Of("classify", Seven, "--model", _tiny.Folder).ExitCode);
    }

    [Fact]
    public void Random_weights_of_a_configuration_can_be_timed()
    {
        var folder = Path.Combine(Path.GetDirectoryName(_tiny.Folder)!, "random");
        Assert.Equal(0, ProgramRun.Of("random", _tiny.Folder, "--out", folder, "--dtype", "f16").ExitCode);
        var again = ProgramRun.Of("random", _tiny.Folder, "--out", folder);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("name another folder", again.Error, StringComparison.Ordinal);
        var run = ProgramRun.Of("bench", "--model", folder, "--audio-seconds", "1", "--new-tokens", "3", "--json");
        Assert.Equal(0, run.ExitCode);
        using var result = JsonDocument.Parse(run.Output);
        Assert.Equal(["log-mel", "encoder", "prompt", "tokens"], result.RootElement.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()));
    }

    public void Dispose() => _tiny.Dispose();
}
