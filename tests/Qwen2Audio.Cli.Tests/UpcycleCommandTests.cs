using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Cli.Tests;

/// <summary>upcycle on small folders in the published format.</summary>
public sealed class UpcycleCommandTests : TestInFolder
{
    [Fact]
    public void A_dense_model_becomes_a_mixture_that_talks()
    {
        using var dense = new TinyChat(acceptsAudio: false);
        using var audio = new TinyChat();
        var made = Path.Combine(Folder.Path, "moe");
        string[] sizes = ["--experts", "4", "--expert-width", "30", "--top-k", "2"];
        Assert.Equal(0, ProgramRun.Of(["upcycle", dense.Folder, .. sizes, "--shared-width", "20", "--seed", "5", "--out", made]).ExitCode);
        Assert.Equal(0, ProgramRun.Of("chat", "--model", made, "--prompt", "Hello", "--max-tokens", "3").ExitCode);
        using var facts = JsonDocument.Parse(ProgramRun.Of("info", made, "--json").Output);
        Assert.Equal("qwen2_moe", facts.RootElement.GetProperty("model_type").GetString());
        Assert.Equal(2, ProgramRun.Of(["upcycle", dense.Folder, .. sizes, "--out", made]).ExitCode);
        Assert.Equal(3, ProgramRun.Of(["upcycle", audio.Folder, .. sizes, "--out", Path.Combine(Folder.Path, "no")]).ExitCode);
    }

    [Theory]
    [InlineData("--experts", "4", "--expert-width", "30")]
    [InlineData("--experts", "0", "--expert-width", "30", "--top-k", "1")]
    [InlineData("--experts", "4", "--expert-width", "30", "--top-k", "5")]
    [InlineData("--experts", "4", "--expert-width", "30", "--top-k", "1", "--reinit", "1.5")]
    public void Sizes_that_make_no_mixture_are_wrong_usage(params string[] sizes) =>
        Assert.Equal(2, ProgramRun.Of(["upcycle", Folder.Path, .. sizes, "--out", Path.Combine(Folder.Path, "no")]).ExitCode);

    [Fact]
    public void Help_shows_an_example() => Assert.Contains("qwen2audio upcycle", ProgramRun.Of("upcycle", "--help").Output, StringComparison.Ordinal);
}
