import type { FC } from "react";

type Props = { title: string; onPick?: (id: number) => void };

/** A card. */
export const Card: FC<Props> = ({ title, onPick }: Props) => {
  const [open, setOpen] = useState<boolean>(false);
  const pick = useCallback((id: number) => onPick?.(id), [onPick]);
  return <Frame.Body open={open} onClick={() => setOpen(!open)}><Badge text={title} pick={pick} /></Frame.Body>;
};

export function App() { return <Card title="x" />; }
