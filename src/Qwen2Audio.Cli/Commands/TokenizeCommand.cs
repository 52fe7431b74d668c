using System.CommandLine;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Text;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command tokenize.</summary>
internal static class TokenizeCommand
{
    public static Command Create()
    {
        var text = new Argument<string?>("TEXT") { Description = "The text; standard input by default.", Arity = ArgumentArity.ZeroOrOne };
        var model = CommonOptions.Model();
        var file = new Option<string?>("--file", "-f") { Description = "Read the text from a file (UTF-8).", HelpName = "FILE" };
        var decode = new Option<string?>("--decode", "-d") { Description = "Ids to decode, separated by commas or spaces.", HelpName = "1,2,3" };
        var count = new Option<bool>("--count") { Description = "Print only the number of tokens." };
        var special = new Option<bool>("--special") { Description = "Recognise control tokens in the text, and show them when decoding; otherwise they are ordinary text." };
        var json = CommonOptions.Json();
        var command = new Command("tokenize",
            """
            Shows the tokens of a text (ids and pieces), or the text of ids.

            Examples:
              qwen2audio tokenize --model Qwen2-0.5B-Instruct "Hello world"
              qwen2audio tokenize --model Qwen2-0.5B-Instruct --decode 9707,1879
              qwen2audio tokenize --model Qwen2-0.5B-Instruct --count --file book.txt
            """)
        {
            text, model, file, decode, count, special, json,
        };
        command.SetAction(parsed =>
        {
            if (new[] { parsed.GetValue(text), parsed.GetValue(file), parsed.GetValue(decode) }.Count(given => given is not null) > 1)
                throw new UsageException("give one of TEXT, --file and --decode.");
            using var source = ModelSource.Open(CommonOptions.ModelFolder(parsed.GetValue(model)));
            var tokenizer = source.ReadTokenizer();
            var output = new TokenOutput(tokenizer, parsed.GetValue(json), parsed.GetValue(count), parsed.GetValue(special));
            if (parsed.GetValue(decode) is { } ids) output.Decode(Ids(ids, tokenizer));
            else output.Encode(parsed.GetValue(text) ?? Read(parsed.GetValue(file)));
            return ExitCodes.Success;
        });
        return command;
    }

    private static string Read(string? file) => file is null ? StandardInput.ReadToEnd() : PlainFile.ReadAllText(file);

    private static int[] Ids(string text, BytePairTokenizer tokenizer) =>
    [
        .. text.Split([',', ' ', '[', ']', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < tokenizer.Size ? id
                : throw new UsageException($"--decode: found \"{part}\"; allowed: ids from 0 to {tokenizer.Size - 1}, separated by commas.")),
    ];
}
