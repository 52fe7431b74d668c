using System.CommandLine;

namespace Qwen2Audio.Cli.Commands;

internal static class Root
{
    private static readonly string[] Finishing = ["train", "finetune", "merge-lora", "upcycle", "download", "random", "encode", "decode"];

    /// <summary>Whether a command writes something that must stay intact when it is interrupted, so that the program waits for it to finish.</summary>
    public static bool FinishesFirst(Command command) => Finishing.Contains(command.Name);

    public static RootCommand Create() => new(
        """
        Transcribes and classifies audio, and chats about it, with Qwen2 audio models in plain C#.

        Examples:
          qwen2audio transcribe samples/date.wav
          qwen2audio classify samples/seven.wav --json
        """)
    {
        TranscribeCommand.Create(),
        ClassifyCommand.Create(),
        ChatCommand.Create(),
        ManifestCommand.Create(),
        TrainCommand.Create(),
        FinetuneCommand.Create(),
        MergeLoraCommand.Create(),
        UpcycleCommand.Create(),
        EvaluateCommand.Create(),
        CalibrateCommand.Create(),
        EncodeCommand.Create(),
        DecodeCommand.Create(),
        CodecReportCommand.Create(),
        InfoCommand.Create(),
        DownloadCommand.Create(),
        TokenizeCommand.Create(),
        ParityCommand.Create(),
        NGramCommand.Create(),
        BenchCommand.Create(),
        RandomCommand.Create(),
    };
}
