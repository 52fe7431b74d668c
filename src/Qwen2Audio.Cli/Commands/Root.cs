using System.CommandLine;

namespace Qwen2Audio.Cli.Commands;

internal static class Root
{
    private static readonly OrderedDictionary<string, Func<Command>> Commands = new(StringComparer.Ordinal)
    {
        ["transcribe"] = TranscribeCommand.Create,
        ["classify"] = ClassifyCommand.Create,
        ["chat"] = ChatCommand.Create,
        ["manifest"] = ManifestCommand.Create,
        ["train"] = TrainCommand.Create,
        ["finetune"] = FinetuneCommand.Create,
        ["merge-lora"] = MergeLoraCommand.Create,
        ["upcycle"] = UpcycleCommand.Create,
        ["evaluate"] = EvaluateCommand.Create,
        ["calibrate"] = CalibrateCommand.Create,
        ["encode"] = EncodeCommand.Create,
        ["decode"] = DecodeCommand.Create,
        ["codec-report"] = CodecReportCommand.Create,
        ["info"] = InfoCommand.Create,
        ["download"] = DownloadCommand.Create,
        ["tokenize"] = TokenizeCommand.Create,
        ["parity"] = ParityCommand.Create,
        ["sentences"] = SentencesCommand.Create,
        ["ngram"] = NGramCommand.Create,
        ["lexicon"] = LexiconCommand.Create,
        ["punctuation"] = PunctuationCommand.Create,
        ["speak"] = SpeakCommand.Create,
        ["demo"] = DemoCommand.Create,
        ["continue"] = ContinueCommand.Create,
        ["align"] = AlignCommand.Create,
        ["letter-to-sound"] = LetterToSoundCommand.Create,
        ["pronounce"] = PronounceCommand.Create,
        ["bench"] = BenchCommand.Create,
        ["random"] = RandomCommand.Create,
    };

    private static readonly string[] Finishing = ["train", "finetune", "merge-lora", "upcycle", "download", "random", "encode", "decode", "speak"];

    /// <summary>Whether a command writes something that must stay intact when it is interrupted, so that the program waits for it to finish.</summary>
    public static bool FinishesFirst(Command command) => Finishing.Contains(command.Name);

    /// <summary>The program with all commands, or with only the named one if it exists, which spares building the options of the others.</summary>
    public static RootCommand Create(string? only = null)
    {
        var root = new RootCommand(
            """
            Transcribes and classifies audio, and chats about it, with Qwen2 audio models in plain C#.

            Examples:
              qwen2audio transcribe samples/date.wav
              qwen2audio classify samples/seven.wav --json
            """);
        if (only is not null && Commands.TryGetValue(only, out var named)) root.Add(named());
        else foreach (var create in Commands.Values) root.Add(create());
        return root;
    }
}
