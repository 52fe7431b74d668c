using System.CommandLine;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command info.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var path = new Argument<string?>("PATH") { Description = "Folder of a model, a config.json or a token file; - is a token file from standard input. The shipped model by default.", Arity = ArgumentArity.ZeroOrOne };
        var json = CommonOptions.Json();
        var routing = new Option<string?>("--routing") { Description = "Instead: which experts of a small model serve which task, counted on the clips of this manifest or folder of audio files. It loads the model.", HelpName = "MANIFEST" };
        var split = new Option<string>("--split") { Description = "With --routing: rows of the manifest.", DefaultValueFactory = _ => "val" };
        var limit = CommonOptions.Number("--limit", "With --routing: at most this many clips of each dataset.", 1, int.MaxValue, 20);
        var dictionaries = new Option<string[]>("--dictionary", "-d") { Description = "With --routing: pronouncing dictionaries in the CMU dictionary's format, so that the texts are spoken too (default: the lexicon in the model's folder, if any).", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };
        var threads = CommonOptions.Threads();
        var command = new Command("info",
            """
            Describes a model: its type and parameters, the memory it needs and what its folder lacks. It does not load the weights, and
            works without them. Of a token file: its codec, length and bitrate.

            Examples:
              qwen2audio info models/default
              qwen2audio info talk.tokens
              qwen2audio info RUN --routing MANIFEST.tsv --dictionary cmudict.dict
              qwen2audio info Qwen2-57B-A14B-Instruct/config.json --json
            """)
        {
            path, json, routing, split, limit, dictionaries, threads,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var named = parsed.GetValue(path);
            if (parsed.GetValue(routing) is { } source)
            {
                var (folder, files) = (CommonOptions.ModelFolder(named), parsed.GetValue(dictionaries) ?? []);
                var frontEnd = files.Length == 0 && WordPronunciations.Find(LexiconFile.FileName, folder) is null ? null : new TextFrontEnd(PronounceCommand.Pronunciations(null, files, null, folder));
                return Task.FromResult(RoutingTable.Write(folder, source, frontEnd, parsed.GetValue(split)!, parsed.GetValue(limit), parsed.GetValue(threads), parsed.GetValue(json), cancellation));
            }

            var facts = named is not null && (named == InputFile.Pipe || TokenFileReader.Is(named)) ? TokenFacts.Of(named) : ModelFacts.Of(CommonOptions.ModelFolder(named));
            if (parsed.GetValue(json)) JsonOutput.WriteLine(facts.Where(fact => fact.Key.Length > 0).ToDictionary(fact => fact.Key, fact => fact.Value));
            else Show(facts);
            return Task.FromResult(facts.Any(fact => fact is { Key: ModelFacts.WeightProblems, Value: IReadOnlyList<string> { Count: > 0 } }) ? ExitCodes.BadInput : ExitCodes.Success);
        });
        return command;
    }

    private static void Show(List<ModelFact> facts)
    {
        TextTable.Write([], facts.Where(fact => fact.Text.Length > 0).SelectMany(fact => fact.Text.Split('\n').Select((line, i) => new[] { i == 0 ? fact.Name : "", line })));
    }
}
