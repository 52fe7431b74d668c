namespace Qwen2Audio.Cli.Tests;

/// <summary>tokenize: ids, pieces and the text of ids.</summary>
public sealed class TokenizeCommandTests
{
    [Fact]
    public void Tokenize_prints_ids_and_pieces_and_turns_them_back()
    {
        var folder = Path.Combine(Fixtures.Repository, "tests", "fixtures", "tokenizer");
        var run = ProgramRun.Of("tokenize", "--model", folder, "--json", "Hi <|im_end|>");
        Assert.Equal(0, run.ExitCode);
        using var plain = JsonDocument.Parse(run.Output);
        var ids = plain.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
        Assert.All(ids, id => Assert.True(id < 1756));
        Assert.Equal("Hi <|im_end|>", string.Concat(plain.RootElement.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString())));
        Assert.Equal("Hi <|im_end|>", ProgramRun.Of("tokenize", "--model", folder, "--decode", string.Join(',', ids)).Output.TrimEnd('\n'));
        Assert.Equal($"{ids.Length}", ProgramRun.Of("tokenize", "--model", folder, "--count", "Hi <|im_end|>").Output.Trim());
        using var special = JsonDocument.Parse(ProgramRun.Of("tokenize", "--model", folder, "--json", "--special", "Hi<|im_end|>").Output);
        Assert.Equal(1758, special.RootElement.GetProperty("ids").EnumerateArray().Last().GetInt32());
    }

    [Fact]
    public void Tokenize_reads_a_file_and_the_shipped_model()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "text.txt");
        File.WriteAllText(file, "hello world");
        Assert.Contains("\" he\"", ProgramRun.Of("tokenize", "--file", file).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--decode", "1,x")]
    [InlineData(2, "--decode", "99999999")]
    [InlineData(2, "text", "--decode", "1")]
    [InlineData(3, "text", "--model", "samples")]
    [InlineData(3, "--file", "no-such-file")]
    [InlineData(3, "Ü", "--model", "models/default")]
    public void Tokenize_refuses_what_it_cannot_read(int code, params string[] arguments)
    {
        var run = ProgramRun.Of(["tokenize", .. arguments]);
        Assert.Equal(code, run.ExitCode);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.InRange(run.Error.Length, 10, 1000);
    }
}
