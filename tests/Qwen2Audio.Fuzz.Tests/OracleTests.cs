using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;

namespace Qwen2Audio.Fuzz.Tests;

/// <summary>The fuzzer's judge detects what it should, and the same run has the same inputs.</summary>
public sealed class OracleTests
{
    private static readonly byte[] Good = "{\"a\":[1,2,3]}"u8.ToArray();

    [Fact]
    public void An_exception_that_is_not_declared_is_a_fault() =>
        Assert.Contains("does not declare", Fault((_, _) => throw new InvalidOperationException("x")), StringComparison.Ordinal);

    [Fact]
    public void A_declared_one_that_names_the_file_is_none() => Assert.Null(Fault((_, place) => throw new FormatException($"{place.Folder}/x: line 3")));

    [Fact]
    public void A_message_must_name_the_file() =>
        Assert.Contains("does not name the file", Fault((_, _) => throw new FormatException("line 3")), StringComparison.Ordinal);

    [Theory]
    [InlineData("System.Int32 expected")]
    [InlineData("a JsonException came")]
    [InlineData("bad (Parameter 'path')")]
    [InlineData("LineNumber: 0 | BytePositionInLine: 3")]
    public void A_message_must_not_show_the_code(string message) =>
        Assert.Contains("name of the code", Fault((_, place) => throw new FormatException($"{place.Folder}/x: {message}")), StringComparison.Ordinal);

    [Fact]
    public void Much_memory_is_a_fault() => Assert.Contains("allocated", Fault((_, _) => $"{new byte[3 << 20].Length}"), StringComparison.Ordinal);

    [Fact]
    public void A_seed_that_is_refused_is_a_finding()
    {
        var run = new FuzzRun(Target((_, place) => throw new FormatException($"{place.Folder}/x: line 3")), 1);
        Assert.Contains("a good input is refused", Assert.Single(run.Run(0, 0, () => true)).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_inputs()
    {
        Assert.Equal(Inputs(3), Inputs(3));
        Assert.NotEqual(Inputs(3), Inputs(4));

        static string Inputs(ulong seed)
        {
            var all = new StringBuilder();
            var run = new FuzzRun(Target((input, _) => $"{input.Length}"), seed) { Before = (_, input) => all.Append(Convert.ToHexString(input)).Append('\n') };
            Assert.Empty(run.Run(0, 500, () => true));
            return all.ToString();
        }
    }

    private static string? Fault(Func<byte[], Workspace, string> read)
    {
        using var place = new Workspace();
        return Oracle.Try(Target(read), Good, place).Fault;
    }

    private static FuzzTarget Target(Func<byte[], Workspace, string> read) => new("x", InputForm.Json, [Good], read, typeof(FormatException)) { AllocatedPerByte = 200 };
}
