using System.CommandLine;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The commands.</summary>
internal static class Root
{
    private static readonly string[] Keeping = ["train", "finetune", "merge-lora", "upcycle", "download", "random"];

    /// <summary>Whether a command writes what must be whole when it is interrupted, so that it ends when it has come to an end by itself.</summary>
    public static bool Keeps(Command command) => Keeping.Contains(command.Name);

    public static RootCommand Create() => new(
        """
        Transcribes and classifies audio with a Qwen2 audio model, in plain C#.

        Examples:
          qwen2audio transcribe samples/date.wav
          qwen2audio classify samples/seven.wav --json
        """)
    {
        TranscribeCommand.Create(),
        ClassifyCommand.Create(),
        ChatCommand.Create(),
        TrainCommand.Create(),
        FinetuneCommand.Create(),
        MergeLoraCommand.Create(),
        UpcycleCommand.Create(),
        EvaluateCommand.Create(),
        CalibrateCommand.Create(),
        InfoCommand.Create(),
        DownloadCommand.Create(),
        TokenizeCommand.Create(),
        ParityCommand.Create(),
        BenchCommand.Create(),
        RandomCommand.Create(),
    };
}
