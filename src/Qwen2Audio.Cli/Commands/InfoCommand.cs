using System.CommandLine;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Cli.Output;
using Spectre.Console;

namespace Qwen2Audio.Cli.Commands;

/// <summary>info PATH</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var path = new Argument<string?>("PATH") { Description = "Folder of a model, or a config.json alone; the shipped model by default.", Arity = ArgumentArity.ZeroOrOne };
        var json = CommonOptions.Json();
        var command = new Command("info",
            """
            Says what a model is, its parameters, the memory that it needs and what its folder lacks, without loading weights and with
            or without them there.

            Examples:
              qwen2audio info models/default
              qwen2audio info Qwen2-57B-A14B-Instruct/config.json --json
            """)
        {
            path, json,
        };
        command.SetAction(parsed =>
        {
            var named = CommonOptions.ModelFolder(parsed.GetValue(path));
            var facts = ModelFacts.Of(named, ModelDescription.Open(named));
            if (parsed.GetValue(json)) JsonOutput.WriteLine(facts.ToDictionary(fact => fact.Key, fact => fact.Value));
            else Show(facts);
            return facts.Any(fact => fact is { Key: ModelFacts.WeightProblems, Value: IReadOnlyList<string> { Count: > 0 } }) ? ExitCodes.BadInput : ExitCodes.Success;
        });
        return command;
    }

    private static void Show(List<ModelFact> facts)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        foreach (var fact in facts.Where(fact => fact.Name.Length > 0)) grid.AddRow(new Spectre.Console.Text(fact.Name), new Spectre.Console.Text(fact.Text));
        AnsiConsole.Write(grid);
    }
}
