using System.Reflection;

namespace Qwen2Audio.Cli.Tests;

/// <summary>The program's output does not depend on the locale.</summary>
public sealed class ProgramLocaleTests
{
    private static readonly string[] Programs = ["transcribe samples/date.wav --words", "classify samples/seven.wav", "classify samples/seven.wav --json", "info",
        "parity tests/fixtures/qwen2-moe-mixed", "parity tests/fixtures/qwen2-moe-mixed --json", "transcribe no-such.wav", "bench --help", "evaluate a.tsv --ctc-weight 1.5"];

    public static TheoryData<string, string> Cases() => [.. Programs.SelectMany(program => new[] { "de_DE.UTF-8", "tr_TR.UTF-8" }.Select(locale => (program, locale)))];

    [Theory, MemberData(nameof(Cases))]
    public void Output_is_the_same(string program, string locale)
    {
        var (plain, other) = (In("C.UTF-8"), In(locale));
        Assert.Equal(plain.ExitCode, other.ExitCode);
        Assert.Equal(Untimed(plain.Output), Untimed(other.Output));
        Assert.Equal(plain.Error, other.Error);

        ProgramRun In(string name) => ProgramRun.With(new() { ["LC_ALL"] = null, ["LC_MESSAGES"] = null, ["LANG"] = name }, program.Split(' '));

        // the time that was taken is another each time; its form is not
        static string Untimed(string text) => System.Text.RegularExpressions.Regex.Replace(text, "\"seconds_taken\":[0-9]+(\\.[0-9]+)?", "");
    }

    /// <summary>Each project is compiled with src/InvariantInterpolation.cs, by which no interpolated string depends on the locale.</summary>
    [Fact]
    public void Every_library_writes_its_strings_with_the_invariant_culture()
    {
        var files = Directory.GetFiles(AppContext.BaseDirectory, "Qwen2Audio.*.dll").Append(Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll")).ToList();
        Assert.True(files.Count >= 10);
        foreach (var file in files)
            Assert.True(Assembly.LoadFrom(file).GetType("System.Runtime.CompilerServices.DefaultInterpolatedStringHandler") is not null, file);
    }
}
