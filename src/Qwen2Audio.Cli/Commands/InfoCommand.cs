using System.CommandLine;
using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command info.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var path = new Argument<string?>("PATH") { Description = "Folder of a model, a config.json or a token file; - is a token file from standard input. The shipped model by default.", Arity = ArgumentArity.ZeroOrOne };
        var json = CommonOptions.Json();
        var command = new Command("info",
            """
            Describes a model: its type and parameters, the memory it needs and what its folder lacks. It does not load the weights, and
            works without them. Of a token file: its codec, length and bitrate.

            Examples:
              qwen2audio info models/default
              qwen2audio info talk.tokens
              qwen2audio info Qwen2-57B-A14B-Instruct/config.json --json
            """)
        {
            path, json,
        };
        command.SetAction(parsed =>
        {
            var named = parsed.GetValue(path);
            var facts = named is not null && (named == InputFile.Pipe || TokenFileReader.Is(named)) ? TokenFacts.Of(named) : ModelFacts.Of(CommonOptions.ModelFolder(named));
            if (parsed.GetValue(json)) JsonOutput.WriteLine(facts.Where(fact => fact.Key.Length > 0).ToDictionary(fact => fact.Key, fact => fact.Value));
            else Show(facts);
            return facts.Any(fact => fact is { Key: ModelFacts.WeightProblems, Value: IReadOnlyList<string> { Count: > 0 } }) ? ExitCodes.BadInput : ExitCodes.Success;
        });
        return command;
    }

    private static void Show(List<ModelFact> facts)
    {
        TextTable.Write([], facts.Where(fact => fact.Text.Length > 0).SelectMany(fact => fact.Text.Split('\n').Select((line, i) => new[] { i == 0 ? fact.Name : "", line })));
    }
}
