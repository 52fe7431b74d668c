using System.CommandLine;
using Qwen2Audio.Cli.Commands;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>Command lines: each is understood or answered with what is wrong.</summary>
internal static class ProgramTargets
{
    public static IEnumerable<FuzzTarget> All()
    {
        yield return new("command-lines", InputForm.Text,
        [
            .. new[]
            {
                "transcribe\na.wav\n--json\n--words", "classify\na.wav\n--labels\nrain,rooster", "chat\n--model\nx\n--audio\ny", "train\nr.yaml\n--run\nr\n--threads\n2", "download\norg/name\n--include\n*.json", "evaluate\nm.tsv\n--max-skipped-percent\n5",
                "tokenize\n--model\nx\n--decode\n1,2,3", "bench\n--training\n--threads\n2", "upcycle\nx\n--experts\n8\n--top-k\n2\n--out\ny", "--help", "info",
            }.Select(Encoding.UTF8.GetBytes),
        ], Parse)
        {
            Tokens = ["\n", "--json", "--model", "--threads", "--help", "--", "-", "--x", "--json=true", "--threads:3", "@file", "[diagram]", "[suggest]", "transcribe", "--version", "-h", "-?", "--seed", "--temperature", "--decode"],
            Allocated = 8 << 20,
            AllocatedPerByte = 2000,
        };
    }

    private static string Parse(byte[] input, Workspace place)
    {
        var parsed = Root.Create().Parse(Encoding.UTF8.GetString(input).Split('\n'), new ParserConfiguration { ResponseFileTokenReplacer = null });
        var errors = UsageErrors.Of(parsed);
        if (errors.Any(string.IsNullOrWhiteSpace)) throw new WrongResultException("an empty message");
        if (errors.Count > 0 && UsageErrors.Advice(parsed).Length == 0) throw new WrongResultException("no advice");
        return errors.Count == 0 ? "understood" : "refused";
    }
}
